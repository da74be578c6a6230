//! What a provider returned, on its way to Lua.

use std::ffi::c_int;

use mlua::ffi;
use polyplug_guest::abi::TypeKind;

use super::super::integer::Integers;
use super::super::place::Place;
use super::super::plan::Plan;
use super::super::push::{self, Pushing};
use super::super::sandbox::Stack;
use super::super::traceback::Failure;
use super::contract::CalledMethod;
use super::incoming::Incoming;
use super::parts;

/// Why a reply cannot become a Lua value.
pub(super) enum Unfit {
    /// It is none of its type's values.
    Invalid,
    /// A proxy in it cannot be bound.
    Proxy(Failure),
    /// The memory limit does not allow for it.
    TooLarge,
}

/// Pushes what the method returned, and says how many values that are: none for `()`,
/// nil and the error for the method's own error, else one.
///
/// # Safety
///
/// The provider returned the value as one of the method's result, and its code is still
/// there.
pub(super) unsafe fn push(
    stack: &Stack<'_>,
    method: &CalledMethod,
    place: Place,
    (integers, proxies): (Integers, &mut Incoming),
) -> Result<c_int, Unfit> {
    let plan = &method.plan.result;
    if method.returns_number {
        // SAFETY: the caller's promise; a call has room for a value.
        return unsafe { push_number(stack, plan, place, integers) };
    }
    // SAFETY: the caller's promise; the value is checked before it is looked into, and
    // the stack has the slots that pushing needs, so that nothing raises.
    unsafe {
        parts::check(plan, place).map_err(|_| Unfit::Invalid)?;
        let state = stack.state();
        if !stack.shared.limits.admits(parts::weight(plan, place))
            || ffi::lua_checkstack(state, method.slots) == 0
        {
            return Err(Unfit::TooLarge);
        }
        let vm = &*method.vm;
        proxies.bind((vm, state), plan, place).map_err(Unfit::Proxy)?;
        let pushing = Pushing { integers, proxies: Some(proxies) };
        if plan.kind == TypeKind::Unit {
            return Ok(0);
        }
        let Some((ok, _)) = method.sides() else {
            push::push(state, plan, place, pushing);
            return Ok(1);
        };
        let (side, at) = push::side(plan, place).ok_or(Unfit::Invalid)?;
        if std::ptr::eq(side, ok) {
            push::push(state, side, at, pushing);
            return Ok(1);
        }
        ffi::lua_pushnil(state);
        if side.may_be_nil() {
            push::push_wrapped(state, side, at, pushing);
        } else {
            push::push(state, side, at, pushing);
        }
        Ok(2)
    }
}

/// As [`push`], for a plain number.
///
/// # Safety
///
/// As for [`push`]; the stack has room for a value.
#[inline]
unsafe fn push_number(
    stack: &Stack<'_>,
    plan: &Plan,
    place: Place,
    integers: Integers,
) -> Result<c_int, Unfit> {
    // SAFETY: the caller's promise.
    unsafe {
        // Any bits are one of these.
        let is_any = matches!(plan.kind, TypeKind::U32 | TypeKind::I32 | TypeKind::F64);
        if !is_any && parts::check(plan, place).is_err() {
            return Err(Unfit::Invalid);
        }
        if !stack.shared.limits.admits(parts::SLOT) {
            return Err(Unfit::TooLarge);
        }
        push::push_argument(stack.state(), plan, place, Pushing { integers, proxies: None });
        Ok(1)
    }
}
