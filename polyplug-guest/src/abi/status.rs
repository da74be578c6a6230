//! How a call says whether it succeeded, and how a failure is described.

use std::mem::MaybeUninit;

use super::bytes::RawVec;
use crate::convert::{Invalid, Value};

/// The status numbers that a function of the ABI may return.
///
/// Status crosses as `u32`; any other number is an invalid reply.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Status {
    /// The result is in the value.
    Ok = 0,
    /// The error buffer was written; the value is not to be read.
    Failed = 1,
}

/// What a function of a contract returns: the value, then the status.
///
/// A value of up to four bytes and its status share one register, one of eight
/// bytes takes a second one, and anything larger goes through the hidden result
/// pointer of the platform's C convention.
#[repr(C)]
#[derive(Debug)]
pub struct Returned<T> {
    /// The result. Zero bytes unless `status` is [`Status::Ok`].
    pub value: MaybeUninit<T>,
    /// A [`Status`], unchecked.
    pub status: u32,
}

impl<T> Returned<T> {
    /// The result of a call that succeeded.
    pub const fn ok(value: T) -> Self {
        Self { value: MaybeUninit::new(value), status: Status::Ok as u32 }
    }

    /// What a call returns that has written the error buffer.
    pub const fn failed() -> Self {
        Self { value: MaybeUninit::zeroed(), status: Status::Failed as u32 }
    }
}

/// Where in the life of a plugin something failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Phase {
    /// While the bundle was initialised.
    Load = 1,
    /// While an instance was created.
    Create = 2,
    /// In a method.
    Call = 3,
    /// While arguments or a reply were checked.
    Validate = 4,
    /// While an instance was told to go, or destroyed.
    Unload = 5,
    /// While the state of an instance was written down.
    Save = 6,
}

/// What kind of failure an error buffer describes. The numbers are stable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum ErrorKind {
    /// The code of the plugin panicked, or threw.
    Panicked = 1,
    /// The plugin reported an error of its own.
    Plugin = 2,
    /// An argument did not have the form that its type promises.
    InvalidArgument = 3,
    /// The provider is older than the method that was called.
    Unavailable = 4,
    /// The bundle is not loaded any more.
    Unloaded = 5,
    /// A reload could not carry the state of the instance over.
    StateLost = 6,
    /// A `&mut self` call panicked before, so the state cannot be trusted.
    Poisoned = 7,
    /// Two interpreters waited for each other, or a call came back into a
    /// place that it may not enter twice.
    Reentrant = 8,
    /// A limit on memory, time or depth was reached.
    Limit = 9,
    /// A reply did not have the form that its type promises.
    InvalidReply = 10,
    /// Nobody provides what was asked for.
    NotFound = 11,
    /// A bundle asked for what it did not declare that it needs.
    Undeclared = 12,
    /// A method of the provider is not the one that its caller knows.
    Incompatible = 13,
    /// The host does not provide the service any more.
    Withdrawn = 14,
}

impl ErrorKind {
    /// The kind that crossed the ABI as `number`, if it is one.
    pub const fn from_u32(number: u32) -> Option<Self> {
        Some(match number {
            1 => Self::Panicked,
            2 => Self::Plugin,
            3 => Self::InvalidArgument,
            4 => Self::Unavailable,
            5 => Self::Unloaded,
            6 => Self::StateLost,
            7 => Self::Poisoned,
            8 => Self::Reentrant,
            9 => Self::Limit,
            10 => Self::InvalidReply,
            11 => Self::NotFound,
            12 => Self::Undeclared,
            13 => Self::Incompatible,
            14 => Self::Withdrawn,
            _ => return None,
        })
    }
}

/// The room for a message in an [`ErrorBuffer`], in bytes.
pub const MESSAGE_CAPACITY: usize = 512;

/// The description of a failure, in the caller's memory.
///
/// The caller clears `seal` before a call and initialises nothing else; whoever
/// fails writes the rest and then sets `seal` to [`ErrorBuffer::SEAL`]. A status
/// that says "failed" beside a broken seal is an invalid reply, so that a guest
/// which lies cannot make its caller read memory that nobody wrote.
#[repr(C)]
#[derive(Debug)]
pub struct ErrorBuffer {
    /// [`ErrorBuffer::SEAL`] once everything else is written.
    pub seal: u64,
    /// A [`Phase`], unchecked.
    pub phase: u32,
    /// An [`ErrorKind`], unchecked.
    pub kind: u32,
    /// A number of the plugin's own, 0 to 65,535.
    pub code: u32,
    /// How many bytes of `message` are used, at most [`MESSAGE_CAPACITY`].
    pub message_len: u32,
    /// UTF-8, cut at a character boundary.
    pub message: [u8; MESSAGE_CAPACITY],
    /// A longer text: a traceback, or where a panic happened. Often empty.
    pub detail: RawVec<u8>,
}

impl ErrorBuffer {
    /// Marks a buffer that was written: the bytes `polyplug`, little-endian.
    pub const SEAL: u64 = u64::from_le_bytes(*b"polyplug");

    /// Memory for a description, with the seal cleared.
    pub fn cleared() -> MaybeUninit<Self> {
        let mut buffer = MaybeUninit::<Self>::uninit();
        // SAFETY: the field lies inside `buffer`, and a plain store needs no
        // initialised neighbours.
        unsafe { (&raw mut (*buffer.as_mut_ptr()).seal).write(0) };
        buffer
    }

    /// Writes a description, its seal last. A message that is too long is cut
    /// at a character boundary.
    ///
    /// # Safety
    ///
    /// `buffer` points at memory for an `ErrorBuffer`, which this call alone
    /// uses.
    pub unsafe fn write(
        buffer: *mut Self,
        phase: Phase,
        kind: ErrorKind,
        code: u16,
        message: &str,
        detail: String,
    ) {
        let message = &message[..message.floor_char_boundary(MESSAGE_CAPACITY)];
        // SAFETY: the caller lends the memory; raw field pointers are used
        // because it may be uninitialised, and the message was cut to fit.
        unsafe {
            (&raw mut (*buffer).phase).write(phase as u32);
            (&raw mut (*buffer).kind).write(kind as u32);
            (&raw mut (*buffer).code).write(u32::from(code));
            (&raw mut (*buffer).message_len).write(message.len() as u32);
            (&raw mut (*buffer).message)
                .cast::<u8>()
                .copy_from_nonoverlapping(message.as_ptr(), message.len());
            (&raw mut (*buffer).detail).write(RawVec::new(detail.into_bytes()));
            (&raw mut (*buffer).seal).write(Self::SEAL);
        }
    }
}

/// What an [`ErrorBuffer`] said, checked and copied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ErrorReport {
    /// What kind of failure it was.
    pub kind: ErrorKind,
    /// A number of the plugin's own.
    pub code: u16,
    /// What the failing side said.
    pub message: String,
    /// A traceback, or where a panic happened. Often empty.
    pub detail: String,
}

impl ErrorReport {
    /// Writes the report to a buffer.
    ///
    /// # Safety
    ///
    /// As for [`ErrorBuffer::write`].
    pub unsafe fn write(self, buffer: *mut ErrorBuffer, phase: Phase) {
        let Self { kind, code, message, detail } = self;
        // SAFETY: the caller's promise is the one that is asked for.
        unsafe { ErrorBuffer::write(buffer, phase, kind, code, &message, detail) }
    }
}

impl ErrorBuffer {
    /// Takes over what the failing side wrote.
    ///
    /// # Errors
    ///
    /// [`Invalid`] says what is wrong with the description; what it owned is
    /// released all the same where that can be told.
    ///
    /// # Safety
    ///
    /// `buffer` began as [`ErrorBuffer::cleared`] and was lent to one call, which
    /// announced a failure; if its seal is set, the rest was written as
    /// [`ErrorBuffer`] says. The buffer is taken once.
    pub unsafe fn take(buffer: *mut Self) -> Result<ErrorReport, Invalid> {
        // SAFETY: the seal was initialised by `cleared`.
        if unsafe { (&raw const (*buffer).seal).read() } != Self::SEAL {
            return Err(Invalid::Undescribed);
        }
        // SAFETY: a set seal says that these fields were written; the message
        // is read only as far as it was.
        let (kind, code, len, message, detail) = unsafe {
            (
                (&raw const (*buffer).kind).read(),
                (&raw const (*buffer).code).read(),
                (&raw const (*buffer).message_len).read() as usize,
                (&raw const (*buffer).message).cast::<u8>(),
                (&raw const (*buffer).detail).read(),
            )
        };
        // SAFETY: the detail belongs to the reader of the buffer, once.
        let detail = unsafe { String::from_abi(detail)? };
        if len > MESSAGE_CAPACITY {
            return Err(Invalid::Length);
        }
        // SAFETY: `len` bytes lie inside the message, and were written.
        let message = unsafe { std::slice::from_raw_parts(message, len) };
        Ok(ErrorReport {
            kind: ErrorKind::from_u32(kind).ok_or(Invalid::Discriminant)?,
            code: u16::try_from(code).map_err(|_| Invalid::Range)?,
            message: std::str::from_utf8(message).map_err(|_| Invalid::Utf8)?.to_owned(),
            detail,
        })
    }
}

const _: () = assert!(size_of::<Returned<u32>>() == 8);
const _: () = assert!(size_of::<Returned<u64>>() == 16);
const _: () = assert!(size_of::<Returned<f64>>() == 16);
const _: () = assert!(std::mem::offset_of!(ErrorBuffer, phase) == 8);
const _: () = assert!(std::mem::offset_of!(ErrorBuffer, message) == 24);
const _: () = assert!(std::mem::offset_of!(ErrorBuffer, detail) == 24 + MESSAGE_CAPACITY);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_message_is_cut_at_a_character_boundary() {
        let mut buffer = ErrorBuffer::cleared();
        let message = format!("{}ä", "x".repeat(MESSAGE_CAPACITY - 1));
        let buffer = buffer.as_mut_ptr();
        let detail = "where".to_owned();
        // SAFETY: the buffer is this test's own.
        let report = unsafe {
            ErrorBuffer::write(buffer, Phase::Call, ErrorKind::Plugin, 7, &message, detail);
            ErrorBuffer::take(buffer)
        }
        .unwrap();
        assert_eq!(report.message, "x".repeat(MESSAGE_CAPACITY - 1));
        assert_eq!((report.kind, report.code), (ErrorKind::Plugin, 7));
        assert_eq!(report.detail, "where");
    }

    #[test]
    fn a_failure_that_nobody_described_is_invalid() {
        let mut buffer = ErrorBuffer::cleared();
        // SAFETY: the buffer is this test's own, and as `cleared` left it.
        let report = unsafe { ErrorBuffer::take(buffer.as_mut_ptr()) };
        assert_eq!(report, Err(Invalid::Undescribed));
    }

    #[test]
    fn lies_in_a_description_are_found() {
        type Lie = fn(&mut ErrorBuffer);
        let lies: [(Lie, Invalid); 5] = [
            (|buffer| buffer.kind = 0, Invalid::Discriminant),
            (|buffer| buffer.code = 1 << 16, Invalid::Range),
            (|buffer| buffer.message_len = 513, Invalid::Length),
            (|buffer| buffer.message[0] = 0xff, Invalid::Utf8),
            (|buffer| buffer.detail.len = usize::MAX, Invalid::Length),
        ];
        for (lie, expected) in lies {
            let mut buffer = ErrorBuffer {
                seal: 0,
                phase: 0,
                kind: 0,
                code: 0,
                message_len: 0,
                message: [0; MESSAGE_CAPACITY],
                detail: RawVec::new(Vec::new()),
            };
            let detail = "where".to_owned();
            // SAFETY: the buffer is this test's own.
            let report = unsafe {
                ErrorBuffer::write(&raw mut buffer, Phase::Call, ErrorKind::Plugin, 0, "m", detail);
                lie(&mut buffer);
                ErrorBuffer::take(&raw mut buffer)
            };
            assert_eq!(report, Err(expected));
        }
    }

    #[test]
    fn kinds_keep_their_numbers() {
        for number in 0..100 {
            if let Some(kind) = ErrorKind::from_u32(number) {
                assert_eq!(kind as u32, number);
            }
        }
        assert_eq!(ErrorKind::from_u32(0), None);
        assert_eq!(ErrorKind::from_u32(15), None);
    }
}
