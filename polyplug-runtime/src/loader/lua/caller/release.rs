//! What a reply owns, given back to whoever made it.

use polyplug_guest::abi::TypeKind;

use super::super::place::Place;
use super::super::plan::Plan;
use super::super::push;

/// Gives back what the value owns.
///
/// # Safety
///
/// A provider returned the value as one of the plan's type, and it is given back once;
/// the provider's code is still there.
pub(super) unsafe fn release(plan: &Plan, place: Place) {
    // SAFETY: the caller's promise covers each part; the elements of a list that is not
    // whole are not looked at.
    unsafe {
        match plan.kind {
            TypeKind::String => place.read_vec().release(),
            TypeKind::Vec => {
                let element = plan.element();
                if owns(element)
                    && let Some(elements) = push::checked_elements(plan, place)
                {
                    elements.for_each(|element_place| release(element, element_place));
                }
                place.read_vec().release();
            }
            TypeKind::Result => {
                if let Some((side, at)) = push::side(plan, place) {
                    release(side, at);
                }
            }
            TypeKind::PluginError => place.field(plan.message_offset()).read_vec().release(),
            _ => {}
        }
    }
}

/// Whether values of the type own something.
fn owns(plan: &Plan) -> bool {
    match plan.kind {
        TypeKind::String | TypeKind::Vec | TypeKind::PluginError => true,
        _ => plan.parameters.iter().any(owns),
    }
}
