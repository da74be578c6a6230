//! Contracts and plugins for polyplug.
//!
//! A contract is a trait under [`#[contract]`](contract), in a crate that host
//! and plugins share. A plugin is an implementation of it under
//! [`#[plugin]`](plugin), in a library that [`bundle!`] completes:
//!
//! ```
//! use polyplug_guest::{bundle, contract, plugin};
//!
//! /// Turns text into other text.
//! #[contract(name = "text.transform", version = "1.0")]
//! pub trait Transform {
//!     fn transform(&self, input: &str) -> String;
//! }
//!
//! #[derive(Default)]
//! pub struct Upper;
//!
//! #[plugin]
//! impl Transform for Upper {
//!     fn transform(&self, input: &str) -> String {
//!         input.to_uppercase()
//!     }
//! }
//!
//! bundle!(Upper, name = "upper");
//! ```
//!
//! A host, with polyplug-runtime, loads the library and calls it through the
//! proxy that the contract generated: `runtime.get::<dyn Transform>()` gives a
//! `TransformProxy`.

pub mod abi;
mod contract;
mod convert;
mod error;
mod fingerprint;
mod host;
pub mod identity;
mod local;
mod owned;
mod panic;
mod plugin;
#[doc(hidden)]
pub mod private;
mod proxy;
#[doc(hidden)]
pub mod sync;

pub use abi::LogLevel;
pub use contract::Contract;
pub use error::{CallError, Failure, PluginError};
pub use host::{HostHandle, Logger, Request, RequestError};
pub use identity::{BundleId, ContractId, ContractVersion};
pub use owned::{AbiString, AbiVec};
pub use plugin::{ConfigError, ConfigRef, Context, Plugin};
pub use proxy::{Pinned, Proxy};

/// Makes a trait a contract.
///
/// ```
/// use polyplug_guest::{CallError, contract};
///
/// /// Counts words.
/// #[contract(name = "text.counter", version = "1.1")]
/// pub trait Counter {
///     /// How many words there were so far.
///     fn total(&self) -> u64;
///
///     /// Counts those in `text`.
///     fn add(&mut self, text: &str) -> Result<u64, String>;
///
///     /// Begins anew.
///     #[since("1.1")]
///     fn reset(&mut self) {}
/// }
///
/// // What a host does with the proxy that it gets.
/// fn count(counter: &mut CounterProxy, text: &str) -> Result<u64, CallError<String>> {
///     counter.add(text)?;
///     Ok(counter.total()?)
/// }
/// ```
///
/// The trait stays as it is written. Beside it comes its proxy, `CounterProxy`,
/// which has the same methods: one that returns `T` returns
/// `Result<T, CallError>`, and one that returns `Result<T, E>` returns
/// `Result<T, CallError<E>>`. A proxy is `Clone`, and its clones share the
/// instance, when all methods take `&self`.
///
/// # Keys
///
/// - `name`: lower case and dotted, such as `text.counter`.
/// - `version`: `major.minor`. Within a major version a contract grows at its
///   end; while the major is 0 each minor is a contract of its own.
/// - `proxy = Name`: the proxy's name, else the trait's with `Proxy` behind it.
/// - `crate = path`: where this crate is, else `::polyplug_guest`.
///
/// # Methods
///
/// They take `&self` or `&mut self`, have plain arguments, and may have a body
/// and lifetimes. `#[since("1.1")]` stands at one that a later minor version
/// added. Every proxy has `bundle_name`, `renew`, `pin` and `local` of its own,
/// so no method has such a name.
///
/// # Types
///
/// Integers up to 64 bits, `f32`, `f64`, `bool`, `char`, `()`, `String`, `Duration`,
/// [`PluginError`], and of those `Vec<T>`, `Option<T>`, `Result<T, E>`, arrays, and
/// tuples of up to twelve fields, and types under [`#[derive(Abi)]`](derive@Abi); as an
/// argument also `&str`, `&[T]` and `&mut [T]` with numbers of a fixed width in them, or
/// arrays and `#[repr(C)]` structs of such, and structs and enums that borrow.
///
/// Contracts cross as well: another contract's proxy, owned, also inside of other
/// values; and as an argument of its own `&dyn Contract` or `&mut dyn Contract`, an
/// implementation that is lent for the call. A call to what is lent that fails makes
/// the call fail for which it was lent.
///
/// So do closures, lent in the same way: `&mut dyn FnMut(A, ..) -> R` and
/// `&dyn Fn(A, ..) -> R` with up to eight parameters. These are values, `&str`, `&[T]` or
/// `&mut [T]`; the result is a value.
///
/// ```
/// use std::sync::Arc;
///
/// use polyplug_guest::{CallError, contract};
///
/// #[contract(name = "app.lines", version = "1.0")]
/// pub trait Lines {
///     fn each(&self, text: &str, line: &mut dyn FnMut(&str) -> bool) -> u32;
/// }
///
/// struct Splitter;
///
/// impl Lines for Splitter {
///     fn each(&self, text: &str, line: &mut dyn FnMut(&str) -> bool) -> u32 {
///         text.lines().take_while(|it| line(it)).count() as u32
///     }
/// }
///
/// let lines = LinesProxy::local(Arc::new(Splitter));
/// let mut seen = Vec::new();
/// let count = lines.each("one\ntwo\nthree", &mut |line| {
///     seen.push(line.to_owned());
///     line != "two"
/// })?;
/// assert_eq!((count, seen.join(" ")), (1, "one two".to_owned()));
/// # Ok::<(), CallError>(())
/// ```
///
/// # Methods that a provider lacks
///
/// A method with `#[since]` that a provider is too old for runs its default body, if it
/// has one, on the caller's side: `self` in it is the provider. Without a body the call
/// gives `CallError::Unavailable`.
///
/// # Implementations in the same program
///
/// `local` makes a proxy of a value: to pass on to plugins, and as a double in tests.
///
/// ```
/// use std::sync::Arc;
///
/// use polyplug_guest::{CallError, contract};
///
/// #[contract(name = "app.clock", version = "1.0")]
/// pub trait Clock {
///     fn now(&self) -> u64;
/// }
///
/// // What is tested, which gets a plugin's proxy in production.
/// fn greeting(clock: &ClockProxy) -> Result<&'static str, CallError> {
///     Ok(if clock.now()? < 12 { "good morning" } else { "good day" })
/// }
///
/// struct At(u64);
///
/// impl Clock for At {
///     fn now(&self) -> u64 {
///         self.0
///     }
/// }
///
/// assert_eq!(greeting(&ClockProxy::local(Arc::new(At(9))))?, "good morning");
/// assert_eq!(greeting(&ClockProxy::local(Arc::new(At(15))))?, "good day");
/// # Ok::<(), CallError>(())
/// ```
///
/// # What is refused
///
/// What cannot be a contract is refused where it stands, with the reason:
///
/// ```compile_fail
/// #[polyplug_guest::contract(name = "text.words", version = "1.0")]
/// pub trait Words {
///     // return `String`: a borrowed result would outlive a reload of the plugin
///     fn first(&self, text: &str) -> &str;
/// }
/// ```
pub use polyplug_macros::contract;

/// Makes a struct or an enum a type that crosses, as an argument, as a result, and in
/// other types.
///
/// ```
/// use polyplug_guest::{Abi, contract};
///
/// #[derive(Abi, Clone, PartialEq, Debug)]
/// pub enum Shape {
///     Nothing,
///     Circle { centre: Point, radius: f32 },
///     Path(Vec<Point>),
/// }
///
/// /// Plain: slices of it are lent without a copy.
/// #[derive(Abi, Clone, Copy, PartialEq, Debug)]
/// #[repr(C)]
/// pub struct Point {
///     pub x: f32,
///     pub y: f32,
/// }
///
/// /// Borrows, and so is an argument alone.
/// #[derive(Abi)]
/// pub struct Query<'a> {
///     pub layer: &'a str,
///     pub ids: &'a [u32],
///     pub limit: Option<usize>,
/// }
///
/// #[contract(name = "draw.layers", version = "1.0")]
/// pub trait Layers {
///     fn find(&self, query: Query<'_>) -> Vec<Shape>;
///
///     fn shift(&self, points: &mut [Point], by: Point);
/// }
/// ```
///
/// Every field is of a type that crosses; see [`contract`](macro@contract). A `Drop` of
/// the type itself is not possible, because its fields are taken apart. In Lua a struct
/// is a table of its fields, by name, or from 1 on where they have no names; an enum is a
/// table of the variant's fields with the variant's name as `tag`, or that name alone
/// where the variant has no fields.
///
/// The name of the type, the names and types of its fields, and their order are part of
/// each contract that mentions it. The tag of a variant is its place among the variants.
///
/// `#[abi(crate = path)]` says where this crate is, else `::polyplug_guest`.
pub use polyplug_macros::Abi;

/// Makes an implementation of a contract a plugin.
///
/// ```
/// use polyplug_guest::{Context, PluginError, contract, plugin};
///
/// #[contract(name = "text.greeting", version = "1.0")]
/// pub trait Greeting {
///     fn greet(&self, name: &str) -> String;
/// }
///
/// pub struct Polite {
///     phrase: String,
/// }
///
/// impl Polite {
///     fn create(cx: &Context<'_>) -> Result<Self, PluginError> {
///         Ok(Self { phrase: cx.config().text()?.to_owned() })
///     }
/// }
///
/// #[plugin(create = Self::create)]
/// impl Greeting for Polite {
///     fn greet(&self, name: &str) -> String {
///         format!("{}, {name}", self.phrase)
///     }
/// }
/// ```
///
/// Hosts call a plugin from any thread, so its type must be
/// `Send + Sync + 'static`. A type may be a plugin for several contracts, and has
/// instances of its own for each.
///
/// # Keys
///
/// - `create = path`: a `fn(&Context<'_>) -> Result<Self, PluginError>` that
///   makes an instance, else the type's `Default` does.
/// - `save = path` and `restore = path`, both or neither: a
///   `fn(&Self) -> Result<Vec<u8>, PluginError>` that writes an instance's state down
///   when the bundle is reloaded, and a
///   `fn(&Context<'_>, &[u8]) -> Result<Self, PluginError>` that makes one of it in the
///   new version. No call is in the instance meanwhile; a reload in which one of them
///   fails leaves the old version running. Without them its users are told that the
///   state was lost.
/// - `on_unload = path`: a `fn(&mut Self) -> Result<(), PluginError>` that is
///   told when an instance is about to be destroyed. What it returns is
///   reported to the host, and is never a veto.
/// - `stateless`: making an instance anew loses nothing, so after a reload its
///   users go on with a new one. A type without a size is stateless anyway.
/// - `crate = path`: where this crate is, else `::polyplug_guest`.
pub use polyplug_macros::plugin;

/// Makes plugins a bundle: what a host loads and unloads as one.
///
/// ```
/// # use polyplug_guest::{contract, plugin};
/// # #[contract(name = "text.checked", version = "1.0")]
/// # pub trait Checked { fn check(&self, text: &str) -> bool; }
/// # #[contract(name = "text.stats", version = "2.1")]
/// # pub trait Stats { fn count(&self, text: &str) -> u64; }
/// # #[derive(Default)] pub struct Upper;
/// # #[plugin] impl Checked for Upper { fn check(&self, text: &str) -> bool { text.is_empty() } }
/// # #[derive(Default)] pub struct Sums;
/// # #[plugin] impl Checked for Sums { fn check(&self, text: &str) -> bool { text.is_empty() } }
/// # #[plugin] impl Stats for Sums { fn count(&self, text: &str) -> u64 { text.len() as u64 } }
/// mod one {
///     polyplug_guest::bundle!(super::Upper);
/// }
///
/// mod both {
///     use super::{Checked, Stats, Sums, Upper};
///
///     polyplug_guest::bundle!(Upper: Checked, Sums: Stats, name = "text", version = "1.2.0");
/// }
/// # fn main() {
/// #     assert_eq!(one::BUNDLE.manifest().matches('@').count(), 1);
/// #     assert_eq!(both::BUNDLE.manifest().matches('@').count(), 2);
/// # }
/// ```
///
/// A lone type is a plugin for one contract. Where a type is one for several, or
/// another type has the same, the contracts are named: `Sums: Checked + Stats`.
/// # Keys
///
/// - `name`, `version`: the Cargo package's, unless they are given.
/// - `depends`: what the bundle needs of others, without which it is not loaded, and
///   what its plugins may ask for ([`Context::get`]). A contract, at least in a minor
///   version if one is given, or a bundle, in some versions if they are given:
///   `depends = ["text.transform@1", { bundle = "upper", version = "^1.2" }]`.
/// - `reload_with_dependencies`: whenever something that it needs was reloaded, the
///   bundle is reloaded too.
/// - `crate = path`: where this crate is, else `::polyplug_guest`.
///
/// A library (`crate-type = ["cdylib"]`) exports with this what a host looks
/// for. A program that links the crate in has it as `BUNDLE`, an
/// [`abi::StaticBundle`].
pub use polyplug_macros::bundle;
