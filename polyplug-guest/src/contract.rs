//! What `#[contract]` makes of a trait.

use crate::abi::{ContractClient, ContractSchema, Function, LentObject};
use crate::identity::{ContractId, ContractVersion};
use crate::private::Holder;
use crate::proxy::Proxy;

/// A contract: implemented for `dyn Trait` by [`#[contract]`](crate::contract).
///
/// # Safety
///
/// Only the macro implements this: the tables fit the schema.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a contract",
    label = "not a contract",
    note = "put `#[contract(name = \"..\", version = \"1.0\")]` on the trait; as a type it is written `dyn Trait`"
)]
pub unsafe trait Contract: 'static {
    /// The name, such as `text.transform`.
    const NAME: &'static str;

    /// The version that this trait describes.
    const VERSION: ContractVersion;

    /// The id of name and major version.
    const ID: ContractId = ContractId::of_version(Self::NAME, Self::VERSION);

    /// The typed client.
    type Proxy: Proxy<Contract = Self>;

    /// `dyn Trait + Send + Sync`: an implementation that threads can share.
    type Shared: ?Sized;

    /// The contract, described as data.
    const SCHEMA: &'static ContractSchema;

    /// The fingerprints of the methods.
    #[doc(hidden)]
    const METHOD_FINGERPRINTS: &'static [u64];

    /// `name@major.minor`, as manifests write it.
    #[doc(hidden)]
    const PROVIDES: &'static str;

    /// What a caller in this copy of the contract brings along.
    #[doc(hidden)]
    const CLIENT: &'static ContractClient;

    /// The functions that serve an implementation which threads share, held as
    /// [`InArc`](crate::private::InArc) says.
    #[doc(hidden)]
    const SHARED_FUNCTIONS: Functions;

    /// The functions that serve an implementation which is lent, held as
    /// [`Loan`](crate::private::Loan) says.
    #[doc(hidden)]
    const LENT_FUNCTIONS: Functions;

    /// What other threads may do with any implementation: `SEND` and `SYNC` of
    /// [`LentObject`].
    #[doc(hidden)]
    const THREADS: u32;

    /// The name with the major version, as types name a contract.
    #[doc(hidden)]
    const AT_MAJOR: &'static str;

    /// An implementation that somebody lends.
    ///
    /// # Safety
    ///
    /// `object` is of this contract, and stays as it is while it is borrowed.
    #[doc(hidden)]
    unsafe fn lent(object: &LentObject) -> &Self;

    /// As [`lent`](Self::lent), of which nobody else knows.
    ///
    /// # Safety
    ///
    /// As for [`lent`](Self::lent).
    #[doc(hidden)]
    unsafe fn lent_mut(object: &mut LentObject) -> &mut Self;
}

/// A function table whose type was erased.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Functions(*const Function);

// SAFETY: function tables are constants.
unsafe impl Send for Functions {}
// SAFETY: function tables are constants.
unsafe impl Sync for Functions {}

impl Functions {
    /// # Safety
    ///
    /// `Table` is a `repr(C)` struct of nothing but function pointers.
    pub const unsafe fn new<Table>(table: &'static Table) -> Self {
        Self((table as *const Table).cast())
    }

    /// The first function.
    pub const fn as_ptr(self) -> *const Function {
        self.0
    }
}

/// That a contract can be served by what a `H` holds.
///
/// # Safety
///
/// `FUNCTIONS` and `TRUSTING` fit the contract's schema and take instances of `H`; the
/// second may be called where all texts that are passed are UTF-8.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "this trait is not a contract",
    label = "not a contract",
    note = "put `#[contract(name = \"..\", version = \"1.0\")]` on the trait"
)]
pub unsafe trait Serve<H: Holder>: Contract {
    const FUNCTIONS: Functions;

    /// The same functions, without a check of the texts that they are passed.
    const TRUSTING: Functions;

    const SERVED: Served = Served {
        id: Self::ID,
        version: Self::VERSION,
        schema: Self::SCHEMA,
        method_fingerprints: Self::METHOD_FINGERPRINTS,
        provides: Self::PROVIDES,
        client: Self::CLIENT,
        functions: Self::FUNCTIONS,
        trusting: Self::TRUSTING,
    };
}

/// A contract, and the functions that serve it for one type.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Served {
    pub(crate) id: ContractId,
    pub(crate) version: ContractVersion,
    pub(crate) schema: &'static ContractSchema,
    pub(crate) method_fingerprints: &'static [u64],
    pub(crate) provides: &'static str,
    pub(crate) client: &'static ContractClient,
    pub(crate) functions: Functions,
    pub(crate) trusting: Functions,
}

/// That no method of a contract takes `&mut self`, so that one implementation can
/// serve any number of callers at once: [`#[contract]`](crate::contract) implements
/// this.
///
/// # Safety
///
/// Only the macro implements this: it has seen all methods.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "one value cannot provide `{Self}` for several callers, because a method takes `&mut self`",
    label = "a method of this contract takes `&mut self`",
    note = "let all methods of the contract take `&self`, and keep what changes in a `Mutex` or an atomic"
)]
pub unsafe trait SharedContract: Contract {}
