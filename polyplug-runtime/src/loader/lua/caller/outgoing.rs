//! Proxies on their way out of an interpreter.
//!
//! While a value is read its proxies are only named: reading may still fail. When all of
//! it was read their references are shared, or taken out of their objects where a contract
//! has methods that take `&mut self`, as a proxy in Rust is cloned or moved.

use std::cell::RefCell;
use std::ffi::c_int;

use mlua::ffi::lua_State;
use polyplug_guest::abi::RawProxy;

use super::super::plan::Plan;
use super::handle::Handle;
use super::incoming::is_named;
use super::object::{Behind, Object};

/// The proxy objects that stand in what was read.
///
/// # Invariants
///
/// The objects are kept by the stack, or by a table there, until [`give`](Self::give).
#[derive(Debug, Default)]
pub(in super::super) struct Outgoing(RefCell<Vec<*const Object>>);

impl Outgoing {
    /// Names the object at `index`, whose reference is to be given away as one of the
    /// plan's type. Says what is there instead if that cannot be.
    ///
    /// # Safety
    ///
    /// The thread is in the interpreter, in the host's section; the stack has room for
    /// three values. What is at `index` is kept until [`give`](Self::give) was called.
    pub(in super::super) unsafe fn name(
        &self,
        state: *mut lua_State,
        plan: &Plan,
        index: c_int,
    ) -> Result<RawProxy, Option<&'static str>> {
        // SAFETY: the caller's promise.
        let object = unsafe { Object::of_any(state, index) }.ok_or(None)?;
        let cell = match object.behind() {
            Behind::Proxy(cell) => cell.as_ptr().cast_const(),
            Behind::Nothing => return Err(Some("a proxy that was released or handed on")),
            Behind::Lent(_) | Behind::Over => {
                return Err(Some("what was lent for a call, and cannot be kept"));
            }
        };
        if !is_named(plan, object.called().client.id()) {
            return Err(Some("a proxy of another contract"));
        }
        let mut named = self.0.borrow_mut();
        if object.moves() && object.is_called() {
            return Err(Some("a proxy that is being called, and would move"));
        }
        if object.moves() && named.iter().any(|other| std::ptr::eq(*other, object)) {
            return Err(Some("a proxy that is there twice, and would move"));
        }
        named.push(object);
        Ok(RawProxy { cell })
    }

    /// Gives one reference for each object that was named.
    ///
    /// # Safety
    ///
    /// No code of the interpreter ran since they were named.
    pub(in super::super) unsafe fn give(&self) -> Vec<Handle> {
        let named = std::mem::take(&mut *self.0.borrow_mut());
        // SAFETY: the type's invariant, and the caller's promise.
        named.into_iter().filter_map(|object| unsafe { (*object).give() }).collect()
    }
}
