//! What a caller of a contract brings along: its own view of it.

use std::sync::Arc;

use polyplug_guest::abi::{ContractClient, Function, RawSlice, Receiver, UniformCall};
use polyplug_guest::private::Reach;
use polyplug_guest::{Contract, ContractId};

use crate::interface::Interface;
use crate::schema::{Schema, SchemaError, read_contract, read_table};

/// A caller's own view of a contract.
///
/// # Invariants
///
/// All tables are as long as the list of fingerprints, and keep to the schema that
/// these stand for. The functions are called only through a proxy of that caller.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    view: View,
    /// How far a proxy of this client leads.
    reach: Reach,
}

/// The tables of a client, kept while this is.
#[derive(Clone, Debug)]
pub(super) enum View {
    /// Of code that lives as long as the process.
    Constant(&'static Constant),
    /// Of a bundle, whose own copy goes when it is closed.
    Copied(Arc<Copied>),
}

#[derive(Debug)]
pub(super) struct Constant {
    id: ContractId,
    name: &'static str,
    fingerprints: &'static [u64],
    tables: &'static ContractClient,
    reach: Reach,
}

#[derive(Debug)]
pub(super) struct Copied {
    id: ContractId,
    name: String,
    fingerprints: Box<[u64]>,
    vm_thunks: Box<[Function]>,
    absent: Box<[Function]>,
    forwards: Option<Box<[Function]>>,
    uniform: Option<Box<[UniformCall]>>,
    /// What holds for each call of the bundle's.
    flags: u32,
}

impl Client {
    /// A client in the host's own code.
    pub(crate) fn of<C: Contract + ?Sized>() -> Self {
        let constant = &const {
            // SAFETY: the contract's macro made the schema.
            let reach = unsafe { Reach::of_own(C::SCHEMA) };
            let (id, name, fingerprints) = (C::ID, C::NAME, C::METHOD_FINGERPRINTS);
            Constant { id, name, fingerprints, tables: C::CLIENT, reach }
        };
        Self { view: View::Constant(constant), reach: constant.reach }
    }

    /// Checks and copies what a bundle lends.
    ///
    /// # Safety
    ///
    /// If `raw` is not null and aligned it points at a table of which every pointer
    /// that is not null points at what its type says, unchanged during the call; and
    /// its functions are what the schema says.
    pub(crate) unsafe fn read(raw: *const ContractClient) -> Result<Self, ClientError> {
        // SAFETY: the caller's promise is the one that is asked for.
        unsafe { Self::read_described(raw) }.map(|(client, _)| client)
    }

    /// As [`read`](Self::read), with the contract as the client describes it.
    ///
    /// # Safety
    ///
    /// As for [`read`](Self::read).
    pub(crate) unsafe fn read_described(
        raw: *const ContractClient,
    ) -> Result<(Self, Schema), ClientError> {
        // SAFETY: the caller's promise covers the table and all it points at.
        unsafe {
            let raw = read_table(raw, "the client of a contract")?;
            let schema = read_contract(raw.schema)?;
            let count = schema.methods.len();
            let null = |what| ClientError::Null { contract: schema.name.clone(), what };
            let fingerprints = RawSlice { ptr: raw.method_fingerprints, len: count };
            let fingerprints =
                fingerprints.as_slice().map_err(|_| null("`method_fingerprints`"))?;
            if schema.methods.iter().map(|method| &method.fingerprint).ne(fingerprints) {
                return Err(ClientError::Fingerprints { contract: schema.name });
            }
            let functions = |table, what| read_functions(table, count).ok_or_else(|| null(what));
            let vm_thunks = functions(raw.vm_thunks, "a function in `vm_thunks`")?;
            let absent = functions(raw.absent, "a function in `absent`")?;
            let forwards = match raw.forwards.is_null() {
                true => None,
                false => Some(functions(raw.forwards, "a function in `forwards`")?),
            };
            let uniform = match raw.uniform.is_null() {
                true => None,
                false => Some(
                    read_functions(raw.uniform, count)
                        .ok_or_else(|| null("a function in `uniform`"))?,
                ),
            };
            let id = ContractId::of_version(&schema.name, schema.version);
            let (name, fingerprints) = (schema.name.clone(), fingerprints.into());
            let flags = raw.flags;
            let copied =
                Copied { id, name, fingerprints, vm_thunks, absent, forwards, uniform, flags };
            let (view, reach) = (View::Copied(Arc::new(copied)), reach(&schema));
            Ok((Self { view, reach }, schema))
        }
    }

    /// A caller that interprets `schema`: its tables hold `through_vm` for each method
    /// of an interpreter and `lacking` for each that a provider lacks, which it knows by
    /// their addresses and does not call.
    #[cfg(feature = "lua")]
    pub(crate) fn of_schema(schema: &Schema, through_vm: Function, lacking: Function) -> Self {
        let fingerprints: Box<[_]> =
            schema.methods.iter().map(|method| method.fingerprint).collect();
        let (vm_thunks, absent) = (
            vec![through_vm; fingerprints.len()].into_boxed_slice(),
            vec![lacking; fingerprints.len()].into_boxed_slice(),
        );
        let (name, forwards, uniform) = (schema.name.clone(), None, None);
        let id = ContractId::of_version(&schema.name, schema.version);
        let flags = 0;
        let copied = Copied { id, name, fingerprints, vm_thunks, absent, forwards, uniform, flags };
        Self { view: View::Copied(Arc::new(copied)), reach: reach(schema) }
    }

    /// This client, for whoever gets a proxy of `sender`.
    pub(super) fn receiving_from(self, sender: &Self) -> Self {
        let reach = sender.reach.passed_to(self.reach);
        Self { reach, ..self }
    }

    /// How far a proxy of this client leads.
    #[cfg(feature = "lua")]
    pub(crate) fn reach(&self) -> Reach {
        self.reach
    }

    /// How many methods may be called, whatever the provider has.
    pub(super) fn limit(&self) -> usize {
        self.reach.limit()
    }

    pub(crate) fn id(&self) -> ContractId {
        match &self.view {
            View::Constant(constant) => constant.id,
            View::Copied(copied) => copied.id,
        }
    }

    /// What keeps the tables.
    pub(super) fn view(&self) -> &View {
        &self.view
    }

    /// The name of the contract.
    pub(crate) fn name(&self) -> &str {
        match &self.view {
            View::Constant(constant) => constant.name,
            View::Copied(copied) => &copied.name,
        }
    }

    /// The fingerprints of the methods, one for each.
    pub(super) fn fingerprints(&self) -> &[u64] {
        match &self.view {
            View::Constant(constant) => constant.fingerprints,
            View::Copied(copied) => &copied.fingerprints,
        }
    }

    /// Functions that take a [`VmInstance`](polyplug_guest::abi::VmInstance).
    pub(super) fn vm_thunks(&self) -> *const Function {
        match &self.view {
            View::Constant(constant) => constant.tables.vm_thunks,
            View::Copied(copied) => copied.vm_thunks.as_ptr(),
        }
    }

    /// Functions for methods that a provider lacks.
    pub(super) fn absent(&self) -> *const Function {
        match &self.view {
            View::Constant(constant) => constant.tables.absent,
            View::Copied(copied) => copied.absent.as_ptr(),
        }
    }

    /// Functions that take a
    /// [`ForwardInstance`](polyplug_guest::abi::ForwardInstance), as those in
    /// [`absent`](Self::absent) then do. None where no method has a default body.
    pub(super) fn forwards(&self) -> Option<*const Function> {
        match &self.view {
            View::Constant(constant) => {
                let forwards = constant.tables.forwards;
                (!forwards.is_null()).then_some(forwards)
            }
            View::Copied(copied) => copied.forwards.as_ref().map(|functions| functions.as_ptr()),
        }
    }

    /// Whether all texts are UTF-8 that the caller passes.
    #[inline]
    pub(super) fn vouches_for_texts(&self) -> bool {
        let flags = match &self.view {
            View::Constant(constant) => constant.tables.flags,
            View::Copied(copied) => copied.flags,
        };
        flags & ContractClient::UTF8_TEXTS != 0
    }

    /// Adapters for typed functions of the contract.
    pub(super) fn uniform(&self) -> *const UniformCall {
        match &self.view {
            View::Constant(constant) => constant.tables.uniform,
            View::Copied(copied) => {
                copied.uniform.as_ref().map_or(std::ptr::null(), |adapters| adapters.as_ptr())
            }
        }
    }

    /// Whether `functions` has one for each method.
    ///
    /// # Safety
    ///
    /// If `functions` is not null and aligned it points at as many functions as the
    /// contract has methods, any of which may be null.
    pub(crate) unsafe fn is_served_by(&self, functions: *const Function) -> bool {
        // SAFETY: the caller's promise is the one that is asked for.
        unsafe { read_functions(functions, self.fingerprints().len()) }.is_some()
    }

    /// Whether the provider serves this contract, and the methods that both know
    /// are the same.
    pub(crate) fn fits(&self, interface: &Interface) -> bool {
        interface.id == self.id()
            && self.agrees_with(interface.schema.methods.iter().map(|method| method.fingerprint))
    }

    /// Whether what both clients know is the same.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        other.id() == self.id() && self.agrees_with(other.fingerprints().iter().copied())
    }

    /// Whether a contract of this id and with these fingerprints is the same, by what both
    /// know.
    #[cfg(feature = "lua")]
    pub(crate) fn agrees_on(&self, id: ContractId, fingerprints: &[u64]) -> bool {
        id == self.id() && self.agrees_with(fingerprints.iter().copied())
    }

    fn agrees_with(&self, theirs: impl Iterator<Item = u64>) -> bool {
        self.fingerprints().iter().zip(theirs).all(|(ours, theirs)| *ours == theirs)
    }
}

/// How far a proxy leads of who knows the contract so.
fn reach(schema: &Schema) -> Reach {
    Reach::new(schema.methods.iter().position(|method| method.receiver == Receiver::Exclusive))
}

/// Copies `count` functions; `None` if one is null.
///
/// # Safety
///
/// If `table` is not null and aligned it points at `count` functions, any of which may
/// be null.
unsafe fn read_functions<F: Copy>(table: *const F, count: usize) -> Option<Box<[F]>> {
    let list = RawSlice { ptr: table.cast::<Option<F>>(), len: count };
    // SAFETY: the caller's promise; a null is read as the absent one.
    unsafe { list.as_slice() }.ok()?.iter().copied().collect()
}

/// Why a client was refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// The contract is not described as it should be.
    #[error("{0}")]
    Schema(#[from] SchemaError),
    /// Something is null that must not be.
    #[error("the client of contract `{contract}` has {what} null; build the caller again")]
    Null { contract: String, what: &'static str },
    /// The list of fingerprints is not the schema's.
    #[error(
        "the client of contract `{contract}` contradicts its schema in the fingerprint of a method; build the caller again"
    )]
    Fingerprints { contract: String },
}
