//! Contracts on their way into an interpreter: proxies in values, and what is lent.
//!
//! A proxy is bound for the interpreter before anything is pushed: that may fail, and
//! must not be undone when pushing raises.

use std::cell::Cell;
use std::sync::Arc;

use mlua::ffi::{self, lua_State};
use polyplug_guest::ContractId;
use polyplug_guest::abi::{ErrorKind, LentObject, ProviderKind, ProxyCell};
use polyplug_guest::private::Adapted;

use super::super::place::Place;
use super::super::plan::{Named, Plan};
use super::super::traceback::Failure;
use super::super::vm::Vm;
use super::contract::Called;
use super::handle::Handle;
use super::object::{self, Lent};
use super::parts::each_part;
use crate::instance::{self, Client};
use crate::schema::Schema;

/// Room on the stack for making the metatable of a contract.
const SLOTS: std::ffi::c_int = 20;

/// The proxies in a value, bound for an interpreter, in the order in which the parts of
/// the value are visited.
///
/// # Invariants
///
/// Each handle is to a cell that may be pushed with its contract.
#[derive(Default)]
pub(in super::super) struct Incoming {
    bound: Vec<Bound>,
    /// Which one is pushed next.
    next: Cell<usize>,
}

struct Bound {
    /// Where it lies in the value.
    at: *const u8,
    called: *const Called,
    handle: Cell<Option<Handle>>,
}

impl Incoming {
    /// Binds the proxies in a value of the plan's type, which stay its owner's.
    ///
    /// # Safety
    ///
    /// The value was checked, and stays until it was pushed. The thread is in `vm`, whose
    /// stack `state` is, in the host's section.
    pub(in super::super) unsafe fn bind(
        &mut self,
        (vm, state): (&Vm, *mut lua_State),
        plan: &Plan,
        place: Place,
    ) -> Result<(), Failure> {
        if !plan.has_proxies {
            return Ok(());
        }
        // SAFETY: the caller's promise.
        unsafe {
            if let Some(named) = &plan.contract {
                let cell = place.read::<*const ProxyCell>();
                let (called, handle) = bound(vm, state, named, cell)?;
                let handle = Cell::new(Some(handle));
                self.bound.push(Bound { at: place.address(), called, handle });
                return Ok(());
            }
            let mut outcome = Ok(());
            each_part(plan, place, &mut |part, at| {
                if outcome.is_ok() {
                    outcome = self.bind((vm, state), part, at);
                }
            });
            outcome
        }
    }

    /// Pushes the object of the proxy that lies at `place`.
    ///
    /// # Safety
    ///
    /// The thread is in the interpreter for which it was bound; the stack has room for
    /// two values. If the memory limit is in force, the call is protected, and no frame
    /// up to there has anything to drop.
    pub(in super::super) unsafe fn push(&self, state: *mut lua_State, place: Place) {
        let next = self.next.get();
        let is_there = |bound: &&Bound| std::ptr::eq(bound.at, place.address());
        let found = self.bound.get(next).filter(is_there);
        let Some(bound) = found.or_else(|| self.bound.iter().find(is_there)) else {
            // SAFETY: the caller's promise.
            return unsafe { ffi::lua_pushnil(state) };
        };
        self.next.set(next + 1);
        // SAFETY: the caller's promise, and the type's invariant.
        unsafe { object::push_bound(state, &*bound.called, &bound.handle) }
    }
}

/// Binds a proxy of the contract `named` for the interpreter.
///
/// # Safety
///
/// As for [`Incoming::bind`]; a reference to the cell is held meanwhile.
unsafe fn bound<'v>(
    vm: &'v Vm,
    state: *mut lua_State,
    named: &Named,
    cell: *const ProxyCell,
) -> Result<(&'v Called, Handle), Failure> {
    // SAFETY: the caller's promise.
    unsafe {
        let local = Adapted::local(cell);
        let called = contract(vm, state, named, local.as_ref())?;
        if let Some(rebound) = instance::bind(cell, &called.client) {
            let raw = rebound.map_err(|_| misfit(named))?;
            return Ok((called, Handle::new(raw)));
        }
        if local.is_some_and(|local| !agrees(&called.client, &local)) {
            return Err(misfit(named));
        }
        let raw = Adapted::bind_local(cell, called.client.reach()).ok_or_else(|| {
            let why = format!(
                "a proxy of `{}` was made by a program with another version of polyplug-guest; build both with the same",
                named.name
            );
            Failure::new(ErrorKind::InvalidArgument, why)
        })?;
        Ok((called, Handle::new(raw)))
    }
}

/// What was lent, as the interpreter's code calls it.
///
/// # Safety
///
/// The thread is in `vm`, whose stack `state` is, in the host's section; `passed` was lent
/// as one of the plan's type.
pub(in super::super) unsafe fn lent<'v>(
    vm: &'v Vm,
    state: *mut lua_State,
    plan: &Plan,
    passed: *const LentObject,
) -> Result<(&'v Called, Lent), Failure> {
    let invalid = |why: String| Failure::new(ErrorKind::InvalidArgument, why);
    let Some(named) = &plan.contract else {
        return Err(invalid("what is lent has no contract".to_owned()));
    };
    // SAFETY: the caller's promise.
    unsafe {
        let adapted = Adapted::lent(passed).map_err(|error| invalid(error.to_string()))?;
        let called = contract(vm, state, named, Some(&adapted))?;
        if !agrees(&called.client, &adapted) {
            return Err(misfit(named));
        }
        let is_exclusive = plan.kind == polyplug_guest::abi::TypeKind::ContractMut;
        Ok((called, Lent { passed, adapted, is_exclusive }))
    }
}

/// The contract `named`, as the runtime knows it, or else whoever implements it.
///
/// # Safety
///
/// The thread is in `vm`, whose stack `state` is, in the host's section.
unsafe fn contract<'v>(
    vm: &'v Vm,
    state: *mut lua_State,
    named: &Named,
    adapted: Option<&Adapted>,
) -> Result<&'v Called, Failure> {
    let known = known(vm, named).or_else(|failure| {
        let Some(adapted) = adapted.filter(|adapted| adapted.id == named.id) else {
            return Err(failure);
        };
        // SAFETY: what was found is still there.
        let described = unsafe { Client::read_described(adapted.client) };
        described.map(|(_, schema)| Arc::new(schema)).map_err(|_| failure)
    })?;
    // SAFETY: the caller's promise; the stack has room.
    unsafe {
        if ffi::lua_checkstack(state, SLOTS) == 0 {
            return Err(Failure::new(ErrorKind::Limit, "the stack is full"));
        }
        Ok(vm.called(state, &known))
    }
}

fn known(vm: &Vm, named: &Named) -> Result<Arc<Schema>, Failure> {
    let Some(host) = vm.shared().host.get() else {
        let why = "contracts cross only once the bundle is loaded";
        return Err(Failure::new(ErrorKind::InvalidArgument, why));
    };
    let ask = |kind| host.contract(kind, &named.name, named.version);
    let found = ask(ProviderKind::Bundle);
    let found = found.or_else(|refusal| ask(ProviderKind::Service).map_err(|_| refusal));
    found.map_err(|refusal| Failure::new(ErrorKind::InvalidArgument, refusal.message))
}

/// Whether the methods that both know are the same.
fn agrees(client: &Client, adapted: &Adapted) -> bool {
    // SAFETY: what was found is still there.
    client.agrees_on(adapted.id, unsafe { adapted.fingerprints() })
}

fn misfit(named: &Named) -> Failure {
    let why = format!(
        "an implementation of `{}` has other methods than this runtime knows; build both with the same version of the contract",
        named.name
    );
    Failure::new(ErrorKind::InvalidArgument, why)
}

/// Whether `id` is what the plan names.
pub(super) fn is_named(plan: &Plan, id: ContractId) -> bool {
    plan.contract.as_ref().is_some_and(|named| named.id == id)
}
