//! What a reply is made of: checked, weighed, and given back to whoever made it.

use polyplug_guest::abi::{RawLease, RawProxy, RawSlice, RawStr, TypeKind};

use super::super::place::Place;
use super::super::plan::Plan;
use super::super::push::{self, BadArgument, of_vec};
use super::handle::Handle;
use super::object::Object;

/// Checks a value that came back: beyond what pushing asks for, its numbers are those of
/// their types, and its texts are UTF-8.
///
/// # Safety
///
/// A provider returned the value as one of the plan's type.
pub(super) unsafe fn check(plan: &Plan, place: Place) -> Result<(), BadArgument> {
    // SAFETY: the caller's promise; what is looked into was found whole.
    unsafe {
        push::check(plan, place)?;
        check_leaves(plan, place)
    }
}

/// # Safety
///
/// As for [`check`], and everything else about the value was checked.
unsafe fn check_leaves(plan: &Plan, place: Place) -> Result<(), BadArgument> {
    let fits = |is: bool| if is { Ok(()) } else { Err(BadArgument::Value) };
    // SAFETY: the caller's promise.
    unsafe {
        match plan.kind {
            TypeKind::Bool => fits(place.read_small_unsigned::<u8>() <= 1),
            TypeKind::U8 => fits(place.read_small_unsigned::<u8>() <= u8::MAX.into()),
            TypeKind::U16 => fits(place.read_small_unsigned::<u16>() <= u16::MAX.into()),
            TypeKind::I8 => fits(i8::try_from(place.read_small_signed::<i8>()).is_ok()),
            TypeKind::I16 => fits(i16::try_from(place.read_small_signed::<i16>()).is_ok()),
            _ if plan.is_leased && RawLease::check(lease(place)).is_err() => {
                Err(BadArgument::Pointer)
            }
            TypeKind::String => check_utf8(of_vec(place)),
            TypeKind::PluginError => check_utf8(of_vec(place.field(plan.message_offset()))),
            _ if has_plain_elements(plan) => Ok(()),
            _ => {
                let mut checked = Ok(());
                each_part(plan, place, &mut |part, at| {
                    if checked.is_ok() {
                        checked = check_leaves(part, at);
                    }
                });
                checked
            }
        }
    }
}

/// # Safety
///
/// The text was checked, but for its encoding.
unsafe fn check_utf8(text: RawSlice<u8>) -> Result<(), BadArgument> {
    // SAFETY: the caller's promise.
    let text = unsafe { RawStr { ptr: text.ptr, len: text.len }.as_str() };
    text.map(|_| ()).map_err(|_| BadArgument::Value)
}

/// About how much memory a value takes on its own, in bytes.
pub(super) const SLOT: usize = 16;

/// About how much memory pushing the value takes, in bytes.
///
/// # Safety
///
/// The value was checked.
pub(super) unsafe fn weight(plan: &Plan, place: Place) -> usize {
    const TABLE: usize = 64;
    // SAFETY: the caller's promise.
    unsafe {
        match plan.kind {
            TypeKind::String => SLOT + of_vec(place).len,
            TypeKind::Vec if plan.is_bytes() => SLOT + of_vec(place).len,
            TypeKind::Vec if has_plain_elements(plan) => TABLE + of_vec(place).len * SLOT,
            TypeKind::PluginError => 2 * TABLE + of_vec(place.field(plan.message_offset())).len,
            TypeKind::Proxy => SLOT + Object::WEIGHT,
            _ if plan.parameters.is_empty() => SLOT,
            _ => {
                let mut sum = TABLE;
                each_part(plan, place, &mut |part, at| sum += SLOT + weight(part, at));
                sum
            }
        }
    }
}

/// Gives back what the value owns.
///
/// # Safety
///
/// A provider returned the value as one of the plan's type, and it is given back once;
/// the provider's code is still there.
pub(super) unsafe fn release(plan: &Plan, place: Place) {
    // SAFETY: the caller's promise covers each part; those of a value that is not whole
    // are not looked at.
    unsafe {
        match plan.kind {
            TypeKind::PluginError => place.field(plan.message_offset()).read_vec().release(),
            TypeKind::Proxy if push::check(plan, place).is_ok() => {
                drop(Handle::new(RawProxy { cell: place.read() }))
            }
            _ if !owns(plan) => {}
            _ => {
                if !has_plain_elements(plan) {
                    each_part(plan, place, &mut |part, at| release(part, at));
                }
                if matches!(plan.kind, TypeKind::String | TypeKind::Vec) {
                    place.read_vec().release();
                }
                if plan.is_leased {
                    RawLease::end(lease(place));
                }
            }
        }
    }
}

/// What keeps the code that frees the elements of a value.
///
/// # Safety
///
/// The value is one with a lease.
unsafe fn lease(place: Place) -> *const RawLease {
    // SAFETY: the caller's promise.
    unsafe { place.field(Plan::LEASE).read() }
}

/// Whether values of the type own something.
fn owns(plan: &Plan) -> bool {
    match plan.kind {
        TypeKind::String | TypeKind::Vec | TypeKind::PluginError | TypeKind::Proxy => true,
        _ => plan.parameters.iter().any(owns),
    }
}

/// Whether this is a sequence of numbers, about which there is nothing to say.
fn has_plain_elements(plan: &Plan) -> bool {
    let element = plan.element();
    matches!(plan.kind, TypeKind::Vec | TypeKind::Array)
        && element.is_number()
        && element.kind != TypeKind::Bool
}

/// Calls `each` for the parts that the value has: elements, fields, or the value of an
/// option or a result.
///
/// # Safety
///
/// The value is one of the plan's type, as a provider returned it.
pub(super) unsafe fn each_part(plan: &Plan, place: Place, each: &mut dyn FnMut(&Plan, Place)) {
    let element = plan.element();
    // SAFETY: the caller's promise: each part lies where the plan says, and a list that is
    // not whole has none.
    unsafe {
        match plan.kind {
            TypeKind::Vec => {
                let list = of_vec(place);
                if push::check_list(list, element).is_ok() {
                    push::elements(list, element).for_each(|at| each(element, at));
                }
            }
            TypeKind::Result => {
                if let Some((side, at)) = push::side(plan, place) {
                    each(side, at);
                }
            }
            TypeKind::Option if place.read::<u32>() == 1 => {
                each(element, place.field(plan.side_offset()));
            }
            TypeKind::Tuple | TypeKind::Struct => each_field(plan, place, each),
            TypeKind::Array => {
                (0..plan.count).for_each(|i| each(element, place.field(i * element.size)));
            }
            TypeKind::Enum => {
                if let Some((_, fields, at)) = plan.variant(place.read::<u32>() as usize) {
                    each_field(fields, place.field(at), each);
                }
            }
            _ => {}
        }
    }
}

/// # Safety
///
/// As for [`each_part`], of a plan with fields.
unsafe fn each_field(plan: &Plan, place: Place, each: &mut dyn FnMut(&Plan, Place)) {
    // SAFETY: the caller's promise.
    plan.fields().for_each(|(field, at)| unsafe { each(field, place.field(at)) });
}
