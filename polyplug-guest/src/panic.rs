//! Panics stop at the boundary, with their message and their location.
//!
//! A hook of this crate's own notes where a panic happened. It acts only while
//! the thread runs code of a bundle on the host's behalf, because there the
//! panic will be caught and reported; anywhere else it hands on to the hook
//! before it. Its notes need no destructor: one would keep a library mapped for
//! as long as the thread lives.

use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::io::Write;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::OnceLock;

use crate::abi::{ErrorReport, HostTable};

/// A panic that was stopped.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Panic {
    /// What the panic said.
    pub message: String,
    /// `file:line:column`, or empty when the hook did not see it.
    pub location: String,
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if !self.location.is_empty() {
            write!(f, " ({})", self.location)?;
        }
        Ok(())
    }
}

/// Runs `body` and stops a panic in it, also one in the destructor of what the
/// panic carried.
///
/// # Errors
///
/// The panic, if there was one.
#[inline]
pub fn contain<R>(body: impl FnOnce() -> R) -> Result<R, Panic> {
    catch_unwind(AssertUnwindSafe(body)).map_err(stopped)
}

/// As [`contain`], where a failure may unwind as well: it is stopped, and told apart
/// from a panic.
///
/// # Errors
///
/// The panic, or the failure.
#[inline]
pub(crate) fn contain_call<R>(body: impl FnOnce() -> R) -> Result<R, Stopped> {
    catch_unwind(AssertUnwindSafe(body)).map_err(|payload| match payload.downcast::<Unwound>() {
        Ok(unwound) => Stopped::Failure(unwound.0),
        Err(payload) => Stopped::Panic(stopped(payload)),
    })
}

/// What was stopped.
pub(crate) enum Stopped {
    Panic(Panic),
    Failure(ErrorReport),
}

/// What unwinds from a call that failed, where the trait has no room for the failure.
pub(crate) struct Unwound(pub(crate) ErrorReport);

#[cold]
#[inline(never)]
fn stopped(payload: Box<dyn Any + Send>) -> Panic {
    let location = LOCATION.take().to_string();
    let message = match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (_, Some(text)) => text.clone(),
        _ => match payload.downcast_ref::<Unwound>() {
            Some(Unwound(report)) => report.message.clone(),
            None => "the panic carried no text".to_owned(),
        },
    };
    // Dropping the payload may panic, with a payload that may panic again: the
    // second one is leaked.
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(second);
    }
    // What the hook noted of the payload's own panic belongs to no later one.
    LOCATION.take();
    Panic { message, location }
}

/// Installs the hook of this copy of the crate, once.
///
/// The hook captures nothing, so that it needs no memory which a library would
/// leave behind when it is closed.
///
/// # Safety
///
/// `host` points at a host's table, which stays with its functions for the life of
/// the process.
pub(crate) unsafe fn install_hook(host: *const HostTable) {
    // SAFETY: the caller's promise; the first version of the table has it.
    let is_inside = unsafe { (*host).is_inside_guest };
    // A panicking thread may not change the hook: a later entry will.
    if std::thread::panicking() || IS_INSIDE_GUEST.set(is_inside).is_err() {
        return;
    }
    let _ = BEFORE.set(std::panic::take_hook());
    std::panic::set_hook(Box::new(|info| {
        let first = is_inside_guest().then(|| LOCATION.replace(Location::of(info)));
        if first.is_some_and(|first| first.len == 0) {
            return;
        }
        if let Some(before) = BEFORE.get() {
            before(info);
        }
        // A panic on top of one that nobody has caught yet ends the process, and
        // nothing but this tells where the first one was.
        if let Some(first) = first {
            eprintln!("the panic before it was at {first}");
        }
    }));
}

/// The host's function of that name.
static IS_INSIDE_GUEST: OnceLock<unsafe extern "C" fn() -> u32> = OnceLock::new();

/// The hook that was installed before ours.
static BEFORE: OnceLock<Hook> = OnceLock::new();

type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

fn is_inside_guest() -> bool {
    // SAFETY: the host's functions live as long as the process.
    IS_INSIDE_GUEST.get().is_some_and(|is_inside| unsafe { is_inside() } != 0)
}

thread_local! {
    static LOCATION: Cell<Location> = const { Cell::new(Location::NONE) };
}

/// A location as text, cut to fit.
#[derive(Clone, Copy)]
struct Location {
    text: [u8; 256],
    len: u16,
}

impl Location {
    const NONE: Self = Self { text: [0; 256], len: 0 };

    fn of(info: &PanicHookInfo<'_>) -> Self {
        let mut location = Self::NONE;
        if let Some(place) = info.location() {
            let mut rest = &mut location.text[..];
            // What does not fit is cut.
            let _ = write!(rest, "{place}");
            let unused = rest.len();
            location.len = (location.text.len() - unused) as u16;
        }
        location
    }
}

impl Default for Location {
    fn default() -> Self {
        Self::NONE
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.text[..usize::from(self.len)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_whose_drop_panics_is_stopped_too() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                std::panic::panic_any(Bomb2);
            }
        }
        struct Bomb2;
        impl Drop for Bomb2 {
            fn drop(&mut self) {
                panic!("the second payload");
            }
        }
        let panic = contain(|| std::panic::panic_any(Bomb)).unwrap_err();
        assert_eq!(panic.message, "the panic carried no text");
    }

    #[test]
    fn text_travels() {
        assert_eq!(contain(|| panic!("plain")).unwrap_err().message, "plain");
        assert_eq!(contain(|| panic!("{}", 7)).unwrap_err().message, "7");
        assert_eq!(contain(|| 7), Ok(7));
    }
}
