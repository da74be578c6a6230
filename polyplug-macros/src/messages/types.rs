//! What the macros say about types that cannot cross, and what to use instead.

// Types that cannot cross, wherever they stand.

pub(crate) const LONG_TUPLE: &str =
    "a tuple that crosses has at most twelve fields: use a struct under `#[derive(Abi)]`";

pub(crate) const TIME: &str = "points in time cannot cross: use a `Duration` since an agreed moment, such as \
     the Unix epoch";

pub(crate) const MAP: &str = "maps cannot cross: use a `Vec` of pairs, such as `Vec<(K, V)>`";

pub(crate) const SET: &str = "sets cannot cross: use a `Vec`";

pub(crate) const SEQUENCE: &str = "of all collections only `Vec` can cross";

pub(crate) fn pointer(name: &str) -> String {
    format!(
        "`{name}` cannot cross, because its memory belongs to the side that made it: pass the value itself"
    )
}

pub(crate) fn shared_state(name: &str) -> String {
    format!(
        "`{name}` cannot cross, because nothing can be shared with the other side: pass the value itself"
    )
}

pub(crate) fn use_string(name: &str) -> String {
    format!("`{name}` cannot cross: use `String`, or take `&str`")
}

pub(crate) const COW: &str = "`Cow` cannot cross: use `String` or `Vec`, or take `&str` or `&[T]`";

pub(crate) fn wide_integer(name: &str) -> String {
    format!("`{name}` cannot cross: use `[u64; 2]`")
}

pub(crate) const NON_ZERO: &str = "numbers that cannot be 0 cannot cross: use the plain number";

pub(crate) const SELF_TYPE: &str =
    "`Self` cannot cross: callers do not know the type that implements the contract";

pub(crate) const NEVER: &str =
    "`!` cannot cross: every call must come back, or its bundle could never be unloaded";

pub(crate) const INFERRED: &str = "write the type out";

pub(crate) const TYPE_MACRO: &str = "write the type out: a macro could stand for anything";

pub(crate) const IMPL_TRAIT: &str = "`impl Trait` cannot cross: both sides are compiled on their own and must know the type; name it";

pub(crate) const DYN_TRAIT: &str = "`dyn Trait` crosses only as an argument of its own, and borrowed: take `&dyn Trait` of a contract, or the contract's proxy";

pub(crate) const CLOSURE: &str = "a closure crosses only as an argument of its own, and lent for the call: take `&mut dyn FnMut(..)` or `&dyn Fn(..)`";

pub(crate) const CLOSURE_ONCE: &str =
    "what is lent cannot be used up by calling it: take `&mut dyn FnMut(..)`";

pub(crate) const CLOSURE_FN_MUT: &str = "take `&mut dyn FnMut(..)`, or `&dyn Fn(..)`";

pub(crate) const CLOSURE_BOUND: &str =
    "a closure is called on the thread of its call alone, and has no other bounds: leave this out";

pub(crate) const CLOSURE_LIFETIME: &str =
    "leave the lifetime out: what a closure gets is lent for its own call alone";

pub(crate) const CLOSURE_PARAMETERS: &str =
    "a closure that crosses takes at most eight values: use a struct under `#[derive(Abi)]`";

pub(crate) const CLOSURE_LENDS: &str = "a closure gets values, `&str`, `&[T]` and `&mut [T]`: take `&mut dyn Trait` of a contract that has such a method";

pub(crate) const CLOSURE_RESULT: &str =
    "let the closure return a type that owns what it has, such as `String` or `Vec<T>`";

pub(crate) const LENT_BOUND: &str =
    "a lent implementation has no other bounds: leave this out, and put it on the contract's trait";

pub(crate) const RETURNED_OBJECT: &str =
    "what is lent goes with its call: return the contract's proxy";

pub(crate) const INNER_OBJECT: &str = "an implementation is lent as an argument of its own: take out what is around it, or pass the contract's proxy";

pub(crate) const FUNCTION: &str = "functions cannot cross: one would outlive the code that it points at; declare a method instead";

pub(crate) const RAW_POINTER: &str =
    "raw pointers cannot cross: take `&[T]` or `&mut [T]`, or use a `Vec`";

pub(crate) const RESULT_SIDES: &str = "write out both types, such as `Result<u32, String>`";

// Types of unknown size.

pub(crate) const BARE_STR: &str = "`str` has no size of its own: take `&str`, or use `String`";

pub(crate) const BARE_SLICE: &str = "`[T]` has no size of its own: take `&[T]`, or use `Vec<T>`";

// References.

pub(crate) const RETURNED_STR: &str =
    "return `String`: a borrowed result would outlive a reload of the plugin";

pub(crate) const RETURNED_SLICE: &str =
    "return `Vec<T>`: a borrowed result would outlive a reload of the plugin";

pub(crate) const RETURNED_REFERENCE: &str =
    "return the value itself: a borrowed result would outlive a reload of the plugin";

pub(crate) const RETURNED_BORROW: &str = "return a type that owns what it has: a borrowed result would outlive a reload of the \
     plugin";

pub(crate) const INNER_STR: &str =
    "use `String` here: only a whole argument or field can be borrowed";

pub(crate) const INNER_SLICE: &str =
    "use `Vec<T>` here: only a whole argument or field can be borrowed";

pub(crate) const INNER_REFERENCE: &str =
    "use the value itself here: only a whole argument or field can be borrowed";

pub(crate) const STATIC_ARGUMENT: &str =
    "leave the lifetime out: an argument is lent for the call alone";

pub(crate) const REF_STRING: &str = "use `&str`";

pub(crate) const REF_VEC: &str = "use `&[T]` if it has numbers in it, else `Vec<T>`";

pub(crate) const REF_ARRAY: &str = "take `&[T]`, or pass the array by value";

pub(crate) const MUT_ARRAY: &str = "take `&mut [T]`";

pub(crate) const MUT_TEXT: &str =
    "text cannot be changed in place: take `&str` and return `String`";

pub(crate) const MUT_VEC: &str = "a `Vec` cannot be changed in place: take `&mut [T]` if the number of \
     elements stays, else return the new `Vec`";

pub(crate) const REF_REFERENCE: &str = "leave one `&` out";

pub(crate) fn by_value(name: &str) -> String {
    format!("pass {name} by value")
}

pub(crate) const MUT_VALUE: &str =
    "a single value cannot be changed in place: pass it by value and return the new one";

pub(crate) const SLICE_OF_BORROWED: &str =
    "use `Vec<String>` or a `Vec` of vectors: only slices of numbers can be lent";

pub(crate) const SLICE_OF_TUPLES: &str = "use a `Vec` of tuples, or a slice of structs under `#[derive(Abi)]` and `#[repr(C)]` that have nothing but \
     numbers in them: how a tuple lies in memory is not fixed";

pub(crate) fn slice_element(name: &str) -> String {
    format!("use `Vec<{name}>`: only slices of numbers can be lent")
}

pub(crate) fn slice_of_sizes(name: &str, fixed: &str) -> String {
    format!(
        "use `{fixed}`: the width of `{name}` differs between machines, so slices of it cannot be lent"
    )
}
