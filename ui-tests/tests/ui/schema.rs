//! The schema of a contract, read.

use polyplug_guest::Contract;
use polyplug_guest::abi::{MethodSchema, RawStr, Receiver, TypeKind, TypeSchema};

/// What a schema says about a method.
pub(crate) struct Method {
    pub(crate) name: &'static str,
    pub(crate) docs: &'static str,
    pub(crate) since: (u32, u32),
    pub(crate) receiver: Option<Receiver>,
    pub(crate) has_default: bool,
    pub(crate) arguments: Vec<(&'static str, Option<TypeKind>)>,
    pub(crate) result: Option<TypeKind>,
}

/// The methods of `C`.
pub(crate) fn methods<C: Contract + ?Sized>() -> Vec<Method> {
    // SAFETY: the schema of a contract is a constant that points at constants.
    unsafe {
        let methods = C::SCHEMA.methods.as_slice().unwrap();
        methods.iter().map(|method| read(&**method)).collect()
    }
}

/// What stands above the trait.
pub(crate) fn docs<C: Contract + ?Sized>() -> &'static str {
    // SAFETY: as above.
    unsafe { text(C::SCHEMA.docs) }
}

/// # Safety
///
/// `method` is part of the schema of a contract.
unsafe fn read(method: &MethodSchema) -> Method {
    // SAFETY: by the caller's promise everything is a constant.
    unsafe {
        let arguments = method.arguments.as_slice().unwrap().iter();
        Method {
            name: text(method.name),
            docs: text(method.docs),
            since: (method.since.major, method.since.minor),
            receiver: Receiver::from_u32(method.receiver),
            has_default: method.has_default == 1,
            arguments: arguments
                .map(|argument| (text((**argument).name), kind((**argument).ty)))
                .collect(),
            result: kind(method.result),
        }
    }
}

/// # Safety
///
/// `ty` is part of the schema of a contract.
unsafe fn kind(ty: *const TypeSchema) -> Option<TypeKind> {
    // SAFETY: the caller's promise.
    TypeKind::from_u32(unsafe { (*ty).kind })
}

/// # Safety
///
/// `text` is part of the schema of a contract.
unsafe fn text(text: RawStr) -> &'static str {
    // SAFETY: the caller's promise.
    unsafe { text.as_str() }.unwrap()
}
