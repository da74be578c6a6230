//! A contract as the code of one interpreter calls it.

use std::ffi::c_int;
use std::sync::OnceLock;

use mlua::ffi::{self, lua_State};
use polyplug_guest::ContractVersion;
use polyplug_guest::abi::{Receiver, TypeKind};

use super::super::plan::{MethodPlan, Plan};
use super::super::vm::Vm;
use super::handle::Released;
use super::object;
use crate::instance::Client;
use crate::schema::Schema;

/// A contract as the code of one interpreter calls it. Stays until the interpreter
/// is closed.
///
/// # Invariants
///
/// `vm` is the interpreter that keeps this.
#[derive(Debug)]
pub(in super::super) struct Called {
    vm: *const Vm,
    pub(in super::super) name: Box<str>,
    pub(in super::super) version: ContractVersion,
    fingerprint: u64,
    pub(in super::super) client: Client,
    pub(super) methods: Box<[CalledMethod]>,
    /// Whether a proxy has to be the only one of its instance, because a method takes
    /// `&mut self`.
    pub(super) moves: bool,
    /// The metatable of its objects, as a reference into the registry.
    metatable: OnceLock<c_int>,
}

/// A method, ready to be called.
///
/// # Invariants
///
/// `vm` is the interpreter that keeps this.
#[derive(Debug)]
pub(in super::super) struct CalledMethod {
    pub(super) vm: *const Vm,
    pub(super) number: u32,
    pub(super) name: Box<str>,
    pub(super) plan: MethodPlan,
    /// Whether it takes `&mut self`.
    pub(super) is_exclusive: bool,
    /// A type in it that Lua does not know, so that it cannot be called.
    pub(super) unknown: Option<Box<str>>,
    /// Where each argument lies in the memory of a call.
    pub(super) offsets: Box<[usize]>,
    /// Where the result lies there.
    pub(super) result: usize,
    /// How much memory a call needs, in words.
    pub(super) words: usize,
    /// Whether the result is a plain number: then it owns nothing, and pushing it takes
    /// neither memory nor more room than a call has in any case.
    pub(super) returns_number: bool,
    /// How many stack slots pushing the result needs at most.
    pub(super) slots: c_int,
}

// SAFETY: plain data, but for the addresses of an interpreter that are only followed by a
// thread that is in it.
unsafe impl Send for Called {}
// SAFETY: as above.
unsafe impl Sync for Called {}

impl Called {
    /// The contract of `schema`, for `vm`.
    pub(in super::super) fn new(vm: &Vm, schema: &Schema) -> Self {
        let methods = schema.methods.iter().enumerate();
        Self {
            vm,
            name: schema.name.as_str().into(),
            version: schema.version,
            fingerprint: schema.fingerprint,
            client: super::uniform::client(schema),
            moves: schema.methods.iter().any(|method| method.receiver == Receiver::Exclusive),
            methods: methods.map(|(i, method)| CalledMethod::new(vm, i, method)).collect(),
            metatable: OnceLock::new(),
        }
    }

    pub(super) fn vm(&self) -> &Vm {
        // SAFETY: by the type's invariant the interpreter outlives this.
        unsafe { &*self.vm }
    }

    /// Makes the metatable of the objects.
    ///
    /// # Safety
    ///
    /// As for [`object::metatable`]; this does not move any more.
    pub(in super::super) unsafe fn prepare(&self, state: *mut lua_State, released: &Released) {
        // SAFETY: the caller's promise is the one that is asked for.
        self.metatable.get_or_init(|| unsafe { object::metatable(state, self, released) });
    }

    /// The metatable, as a reference into the registry.
    pub(super) fn metatable(&self) -> c_int {
        self.metatable.get().copied().unwrap_or(ffi::LUA_REFNIL)
    }

    /// Whether this is the contract that `schema` describes.
    pub(in super::super) fn is(&self, schema: &Schema) -> bool {
        *self.name == schema.name
            && self.version == schema.version
            && self.fingerprint == schema.fingerprint
    }
}

impl CalledMethod {
    fn new(vm: &Vm, number: usize, method: &crate::schema::Method) -> Self {
        const WORD: usize = size_of::<u64>();
        let plan = MethodPlan::new(method);
        let mut words = 0;
        let mut place = |plan: &Plan| {
            let at = words * WORD;
            // Numbers of less than 32 bits are passed as 32.
            words += plan.size.max(size_of::<u32>()).div_ceil(WORD);
            at
        };
        let offsets = plan.arguments.iter().map(&mut place).collect();
        let mut types = method.arguments.iter().map(|(_, ty)| ty).chain([&method.result]);
        let unknown = types.find(|ty| ty.is_closure()).map(|ty| ty.to_string().into());
        let result = place(&plan.result);
        Self {
            vm,
            number: number as u32,
            name: method.name.as_str().into(),
            is_exclusive: method.receiver == Receiver::Exclusive,
            unknown,
            offsets,
            result,
            words,
            returns_number: plan.result.is_plain_number(),
            slots: depth(&plan.result) * super::super::push::SLOTS,
            plan,
        }
    }

    /// Whether the method returns a `Result`, so that it has an error of its own.
    pub(super) fn sides(&self) -> Option<(&Plan, &Plan)> {
        (self.plan.result.kind == TypeKind::Result).then(|| self.plan.result.sides()).flatten()
    }
}

/// How deep a type nests.
fn depth(plan: &Plan) -> c_int {
    1 + plan.parameters.iter().map(depth).max().unwrap_or(0)
}
