//! What `#[contract]` makes of a trait.

use crate::abi::{ContractSchema, Function};
use crate::identity::{ContractId, ContractVersion};
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

    /// Functions that turn each call into a uniform one.
    #[doc(hidden)]
    const VM_THUNKS: Functions;

    /// Functions that say that the provider is too old.
    #[doc(hidden)]
    const ABSENT: Functions;

    /// What a caller brings along.
    #[doc(hidden)]
    const CLIENT: &'static crate::abi::ContractClient = &crate::abi::ContractClient {
        size: size_of::<crate::abi::ContractClient>(),
        schema: Self::SCHEMA,
        method_fingerprints: Self::METHOD_FINGERPRINTS.as_ptr(),
        vm_thunks: Self::VM_THUNKS.as_ptr(),
        absent: Self::ABSENT.as_ptr(),
        forwards: std::ptr::null(),
        uniform: std::ptr::null(),
    };
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

/// That a contract can be served by values of type `T`.
///
/// # Safety
///
/// `FUNCTIONS` fits the contract's schema and takes instances that point at a
/// `T`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "this trait is not a contract",
    label = "not a contract",
    note = "put `#[contract(name = \"..\", version = \"1.0\")]` on the trait"
)]
pub unsafe trait Serve<T>: Contract {
    const FUNCTIONS: Functions;

    const SERVED: Served = Served {
        id: Self::ID,
        version: Self::VERSION,
        schema: Self::SCHEMA,
        method_fingerprints: Self::METHOD_FINGERPRINTS,
        provides: Self::PROVIDES,
        functions: Self::FUNCTIONS,
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
    pub(crate) functions: Functions,
}
