//! Methods that change their instance.

use fixture_types::Stack;
use polyplug_runtime::CallError;

use super::types;

#[test]
fn an_instance_keeps_what_was_done_to_it() {
    let (mut stack, other) = (types::<dyn Stack>(), types::<dyn Stack>());
    assert_eq!(stack.push(i64::MIN).unwrap(), 1);
    assert_eq!(stack.push(2).unwrap(), 2);
    assert_eq!((stack.height().unwrap(), other.height().unwrap()), (2, 0));
    assert_eq!(stack.pop().unwrap(), 2);
    assert_eq!(stack.pop().unwrap(), i64::MIN);
    assert!(matches!(stack.pop(), Err(CallError::Method(text)) if text == "the stack is empty"));
}

#[test]
fn a_panic_half_way_poisons_until_the_instance_is_renewed() {
    let mut stack = types::<dyn Stack>();
    stack.push(1).unwrap();
    assert!(matches!(stack.push_and_panic(2), Err(CallError::Panicked(_))));
    assert!(matches!(stack.height(), Err(CallError::Poisoned(_))));
    assert!(matches!(stack.push(3), Err(CallError::Poisoned(_))));
    assert!(matches!(stack.pop(), Err(CallError::Poisoned(_))));
    stack.renew().unwrap();
    assert_eq!(stack.height().unwrap(), 0);
    assert_eq!(stack.push(4).unwrap(), 1);
}

#[test]
fn a_panic_in_a_shared_method_does_not_poison() {
    let mut stack = types::<dyn Stack>();
    stack.push(1).unwrap();
    assert!(matches!(stack.panic(), Err(CallError::Panicked(_))));
    assert_eq!(stack.push(2).unwrap(), 2);
}

#[test]
fn a_panic_through_a_pin_poisons_the_pin_and_the_proxy() {
    let mut stack = types::<dyn Stack>();
    let mut pinned = stack.pin().unwrap();
    pinned.push(1).unwrap();
    assert!(matches!(pinned.push_and_panic(2), Err(CallError::Panicked(_))));
    assert!(matches!(pinned.height(), Err(CallError::Poisoned(_))));
    assert!(matches!(pinned.push(3), Err(CallError::Poisoned(_))));
    drop(pinned);
    assert!(matches!(stack.height(), Err(CallError::Poisoned(_))));
    stack.renew().unwrap();
    assert_eq!(stack.pin().unwrap().push(4).unwrap(), 1);
}
