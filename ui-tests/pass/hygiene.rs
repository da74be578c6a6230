//! The expanded code relies on nothing that stands around it.

#![no_implicit_prelude]
#![forbid(unsafe_code, missing_docs, unused_must_use)]
#![deny(missing_debug_implementations, unused_qualifications, warnings)]

use ::polyplug_guest::{bundle, contract, plugin};
use ::std::string::String;

/// Types of other names in the places of well-known ones.
#[allow(non_camel_case_types, missing_debug_implementations)]
pub mod shadows {
    /// Shadows a type.
    pub struct Option;
    /// Shadows a type.
    pub struct Box;
    /// Shadows a type.
    pub struct u32;
    /// Shadows a type.
    pub struct u64;
    /// Shadows a type.
    pub struct bool;
    /// Shadows a type.
    pub struct str;
    /// Shadows a trait.
    pub trait Send {}
    /// Shadows a trait.
    pub trait Sync {}
    /// Shadows a trait.
    pub trait Clone {}
    /// Shadows a trait.
    pub trait Default {}
    /// Shadows a crate.
    pub mod core {}
    /// Shadows a crate.
    pub mod std {}
    /// Shadows a crate.
    pub mod polyplug_guest {}
}

#[allow(unused_imports)]
use shadows::*;

/// An alias.
pub type Text = String;

/// A contract.
#[contract(name = "hygiene", version = "1.1")]
pub trait Hygiene {
    /// Shared.
    fn shared(&self, text: Text, number: i32, bytes: &[u8]) -> Text;

    /// Exclusive.
    #[since("1.1")]
    fn exclusive(
        &mut self,
        texts: ::std::vec::Vec<Text>,
    ) -> ::std::result::Result<Text, ::polyplug_guest::PluginError>;

    /// Empty.
    #[since("1.1")]
    fn empty(&self) {}
}

/// A plugin.
#[derive(::std::fmt::Debug, ::std::default::Default)]
pub struct Plain;

#[plugin(stateless)]
impl Hygiene for Plain {
    fn shared(&self, text: Text, _: i32, _: &[u8]) -> Text {
        text
    }

    fn exclusive(
        &mut self,
        texts: ::std::vec::Vec<Text>,
    ) -> ::std::result::Result<Text, ::polyplug_guest::PluginError> {
        ::std::result::Result::Ok(texts.concat())
    }
}

bundle!(Plain, name = "hygiene");

/// A contract whose support crate has another name.
pub mod renamed {
    /// The support crate.
    pub use ::polyplug_guest as guest;

    /// A contract.
    #[guest::contract(name = "hygiene.renamed", version = "1.0", crate = guest)]
    pub trait Renamed {
        /// A method.
        fn method(&self, text: &[super::Number]) -> super::Text;
    }

    /// A plugin.
    #[derive(::std::fmt::Debug, ::std::default::Default)]
    pub struct Plain;

    #[guest::plugin(crate = self::guest)]
    impl Renamed for Plain {
        fn method(&self, _: &[super::Number]) -> super::Text {
            super::Text::new()
        }
    }

    guest::bundle!(Plain, name = "hygiene.renamed", crate = super::renamed::guest);
}

/// An alias.
pub type Number = i16;
