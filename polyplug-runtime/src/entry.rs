//! Calling the functions of a bundle that begin and end things.

use polyplug_guest::abi::{BundleEntry, ErrorBuffer, ErrorKind, ErrorReport, Status};

use crate::inside;
use crate::loader::{HOST_TABLE, Registrar};

/// What a bundle said when it failed outside of a method.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{}", self.text())]
pub struct GuestError {
    panicked: bool,
    kind: u16,
    message: String,
    detail: String,
}

impl GuestError {
    /// Whether the bundle panicked, rather than report an error.
    pub fn is_panic(&self) -> bool {
        self.panicked
    }

    /// What the bundle said.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The location of a panic or the traceback of a script. May be empty.
    pub fn location(&self) -> &str {
        &self.detail
    }

    /// The kind that the plugin gave its error, else 0.
    pub fn kind(&self) -> u16 {
        self.kind
    }

    fn text(&self) -> String {
        let mut text = String::new();
        if self.panicked {
            text.push_str("panicked: ");
        }
        text.push_str(&self.message);
        if !self.detail.is_empty() {
            text.push_str(&format!(" ({})", self.detail));
        }
        text
    }

    pub(crate) fn invalid(message: String) -> Self {
        Self { panicked: false, kind: 0, message, detail: String::new() }
    }
}

/// What to do about a bundle that breaks the rules of the ABI.
pub(crate) const REBUILD: &str = "build the plugin with the host's version of polyplug-guest";

/// Calls the entry of a bundle.
///
/// # Safety
///
/// `entry` is a [`BundleEntry`] of an open bundle.
pub(crate) unsafe fn call_entry(
    entry: BundleEntry,
    registrar: &mut Registrar<'_>,
) -> Result<(), GuestError> {
    let registrar: *mut Registrar<'_> = registrar;
    // SAFETY: the table is a static, the registrar ours for the call.
    unsafe { call(|error| entry(&HOST_TABLE, registrar.cast(), error)) }
}

/// Makes a call that returns a status, and takes over what it says on failure.
///
/// # Safety
///
/// `function` passes the buffer to a function of a bundle, which keeps to the
/// rules of [`ErrorBuffer`], and returns that function's status.
pub(crate) unsafe fn call(
    function: impl FnOnce(*mut ErrorBuffer) -> u32,
) -> Result<(), GuestError> {
    let mut error = ErrorBuffer::cleared();
    let error = error.as_mut_ptr();
    let status = {
        let _inside = inside::guest_section();
        function(error)
    };
    if status == Status::Ok as u32 {
        return Ok(());
    }
    if status != Status::Failed as u32 {
        return Err(GuestError::invalid(format!(
            "the plugin returned the unknown status {status}; {REBUILD}"
        )));
    }
    // SAFETY: the buffer was cleared, lent to one call, and that one failed.
    match unsafe { ErrorBuffer::take(error) } {
        Ok(ErrorReport { kind, code, message, detail }) => {
            let panicked = kind == ErrorKind::Panicked;
            Err(GuestError { panicked, kind: code, message, detail })
        }
        Err(invalid) => {
            Err(GuestError::invalid(format!("the plugin failed, and {invalid}; {REBUILD}")))
        }
    }
}
