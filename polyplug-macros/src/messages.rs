//! What the macros say about mistakes: every text, and nothing else.
//!
//! A test looks for each text in the expected errors of the UI cases, so a new
//! one needs a case.

// Lists of keys.

pub(crate) const EXPECTED_COMMA: &str = "expected `,`";

pub(crate) fn expected_key(known: String) -> String {
    format!("expected a key; known are {known}")
}

pub(crate) fn unknown_key(key: &str, known: String) -> String {
    format!("`{key}` is no key of this macro; known are {known}")
}

pub(crate) fn key_twice(key: &str) -> String {
    format!("`{key}` is given twice")
}

pub(crate) fn key_form(example: &str) -> String {
    format!("write it like this: `{example}`")
}

// Names and versions.

pub(crate) const BAD_NAME: &str = "a name is lower case and dotted, such as `text.transform`: each part begins \
     with a letter and goes on with letters, digits, `_` and `-`; 128 bytes at most";

pub(crate) const BAD_VERSION: &str =
    "the version of a contract is `major.minor`: two numbers without leading zeros, such as `1.0`";

// The contract's own attribute.

pub(crate) const CONTRACT_NOT_ON_TRAIT: &str = "`#[contract]` goes on a trait";

pub(crate) const NAME_MISSING: &str =
    "the contract has no name: give it one with `name = \"text.transform\"`";

pub(crate) const VERSION_MISSING: &str =
    "the contract has no version: give it one with `version = \"1.0\"`";

pub(crate) const PROXY_NAMED_AS_TRAIT: &str = "the trait has this name: give the proxy another one";

// The trait.

pub(crate) const UNSAFE_TRAIT: &str =
    "a contract cannot be an `unsafe trait`: its implementations may be written in other languages";

pub(crate) const AUTO_TRAIT: &str =
    "a contract cannot be an `auto trait`: there is nothing to call";

pub(crate) const GENERIC_TRAIT: &str = "a contract cannot be generic: both sides are compiled on their own, \
     so there is one form of each contract";

pub(crate) const TRAIT_WHERE: &str = "a contract has no `where` clause";

pub(crate) const SUPERTRAIT: &str = "a contract can require `Send`, `Sync` and `'static`, and nothing else: callers see its own methods only";

pub(crate) const NOT_A_METHOD: &str = "a contract has methods and nothing else";

pub(crate) fn method_twice(name: &str) -> String {
    format!("the contract has a method `{name}` already")
}

pub(crate) fn reserved_name(name: &str) -> String {
    format!("every proxy has a `{name}` of its own: give the method another name")
}

// What stands before and behind a method's name.

pub(crate) const CONST_METHOD: &str =
    "a contract's method cannot be `const`: its code is found when the program runs";

pub(crate) const ASYNC_METHOD: &str = "a contract's method cannot be `async`: a future that is not finished \
     would keep the plugin from being unloaded; return when the work is done";

pub(crate) const UNSAFE_METHOD: &str =
    "a contract's method cannot be `unsafe`: callers need not know who implements it";

pub(crate) const EXTERN_METHOD: &str =
    "leave the `extern` out: the macro takes care of how the call crosses";

pub(crate) const GENERIC_METHOD: &str = "a contract's method cannot be generic: the plugin is compiled before \
     its callers choose a type";

pub(crate) const BOUNDED_LIFETIME: &str =
    "leave the bound out: what is lent to a method is lent for the call alone";

pub(crate) const METHOD_WHERE: &str =
    "a contract's method has no `where` clause: every method can be called on every implementation";

pub(crate) const NO_RECEIVER: &str =
    "a contract's method needs `&self` or `&mut self`: calls go to an instance";

pub(crate) const SELF_BY_VALUE: &str =
    "a contract's method takes `&self` or `&mut self`: the host decides how long an instance lives";

pub(crate) const TYPED_SELF: &str = "write `&self` or `&mut self`";

pub(crate) const VARIADIC: &str = "a contract's method has a fixed number of arguments";

// Attributes of methods.

pub(crate) const CFG: &str = "a contract is the same for every build: a host and a plugin that disagree about \
     this condition could not call each other";

pub(crate) const SINCE_CONDITIONAL: &str =
    "`since` cannot depend on a condition: a contract is the same for every build";

pub(crate) const SINCE_FORM: &str = "write it like this: `#[since(\"1.2\")]`";

pub(crate) const SINCE_TWICE: &str = "`since` is given twice";

pub(crate) fn since_above(contract: impl std::fmt::Display) -> String {
    format!("the contract is at version {contract}: raise its version, or lower this one")
}

pub(crate) fn since_other_major(major: u32) -> String {
    format!("the contract's major version is {major}: methods are added within it")
}

pub(crate) fn since_below_one(contract: impl std::fmt::Display) -> String {
    format!(
        "while the major version is 0 every method is as old as the contract, {contract}: leave `since` out"
    )
}

pub(crate) fn since_falls(
    since: impl std::fmt::Display,
    before: &str,
    newer: impl std::fmt::Display,
) -> String {
    format!(
        "a contract grows at its end: this method is there since {since}, but stands behind `{before}`, \
         which is newer ({newer})"
    )
}

// Arguments.

pub(crate) const ARGUMENT_PATTERN: &str =
    "give the argument a plain name: callers and error messages use it";

// Types that cannot cross, wherever they stand.

pub(crate) const OPTION: &str = "`Option` cannot cross yet: return a `Result`, or use a `Vec` that is empty \
     or holds one element";

pub(crate) const TUPLE: &str =
    "tuples cannot cross yet: pass each part as an argument of its own, or return a `Vec`";

pub(crate) const ARRAY: &str = "arrays cannot cross yet: take `&[T]`, or use a `Vec`";

pub(crate) const DURATION: &str =
    "`Duration` cannot cross yet: use a number, such as a `u64` of milliseconds";

pub(crate) const TIME: &str = "points in time cannot cross: use a number, such as a `u64` of milliseconds \
     since the Unix epoch";

pub(crate) const MAP: &str = "maps cannot cross: use a `Vec` of keys and a `Vec` of values";

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
    format!("`{name}` cannot cross: use two `u64`s")
}

pub(crate) const NON_ZERO: &str = "numbers that cannot be 0 cannot cross: use the plain number";

pub(crate) const SELF_TYPE: &str =
    "`Self` cannot cross: callers do not know the type that implements the contract";

pub(crate) const NEVER: &str =
    "`!` cannot cross: every call must come back, or its bundle could never be unloaded";

pub(crate) const INFERRED: &str = "write the type out";

pub(crate) const TYPE_MACRO: &str = "write the type out: a macro could stand for anything";

pub(crate) const IMPL_TRAIT: &str = "`impl Trait` cannot cross: both sides are compiled on their own and must know the type; name it";

pub(crate) const DYN_TRAIT: &str =
    "`dyn Trait` cannot cross yet: pass the values that the other side needs";

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

pub(crate) const INNER_STR: &str = "use `String` here: only a whole argument can be borrowed";

pub(crate) const INNER_SLICE: &str = "use `Vec<T>` here: only a whole argument can be borrowed";

pub(crate) const INNER_REFERENCE: &str =
    "use the value itself here: only a whole argument can be borrowed";

pub(crate) const STATIC_ARGUMENT: &str =
    "leave the lifetime out: an argument is lent for the call alone";

pub(crate) const REF_STRING: &str = "use `&str`";

pub(crate) const REF_VEC: &str = "use `&[T]` if it has numbers in it, else `Vec<T>`";

pub(crate) const MUT_TEXT: &str =
    "text cannot be changed in place: take `&str` and return `String`";

pub(crate) const MUT_VEC: &str = "a `Vec` cannot be changed in place: take `&mut [T]` if the number of \
     elements stays, else return the new `Vec`";

pub(crate) const REF_REFERENCE: &str = "leave one `&` out";

pub(crate) fn by_value(name: &str) -> String {
    format!("pass `{name}` by value")
}

pub(crate) const MUT_VALUE: &str =
    "a single value cannot be changed in place: pass it by value and return the new one";

pub(crate) const SLICE_OF_BORROWED: &str =
    "use `Vec<String>` or a `Vec` of vectors: only slices of numbers can be lent";

pub(crate) fn slice_element(name: &str) -> String {
    format!("use `Vec<{name}>`: only slices of numbers can be lent")
}

pub(crate) fn slice_of_sizes(name: &str, fixed: &str) -> String {
    format!(
        "use `{fixed}`: the width of `{name}` differs between machines, so slices of it cannot be lent"
    )
}

// `#[plugin]`.

pub(crate) const PLUGIN_NOT_ON_IMPL: &str =
    "`#[plugin]` goes on an `impl` block of a contract, such as `impl Transform for Upper`";

pub(crate) const PLUGIN_INHERENT: &str = "`#[plugin]` goes on the `impl` block of a contract, such as `impl Transform for Upper`; \
     this one implements no trait";

pub(crate) const PLUGIN_GENERIC: &str =
    "a plugin cannot be generic: hosts load compiled code, so its types are fixed";

pub(crate) const PLUGIN_NEGATIVE: &str = "a plugin implements its contract";

pub(crate) const PLUGIN_UNSAFE: &str = "a contract is not an `unsafe trait`: leave `unsafe` out";

pub(crate) const PLUGIN_TYPE: &str =
    "a plugin is a type with a name, such as a `struct` or an `enum`: hosts make instances of it";

pub(crate) fn key_not_yet(key: &str) -> String {
    format!(
        "`{key}` is not supported yet: a plugin that keeps something begins anew after a reload"
    )
}

// `bundle!`.

pub(crate) const BUNDLE_EMPTY: &str = "a bundle has at least one plugin: `bundle!(Upper)`";

pub(crate) const BUNDLE_BAD_VERSION: &str =
    "the version of a bundle is `major.minor.patch`, such as `1.0.0` or `1.0.0-beta.1`";

pub(crate) fn bundle_default_name(package: &str) -> String {
    format!(
        "the package is named `{package}`, which cannot name a bundle: give `name = \"..\"`, lower case and dotted"
    )
}

pub(crate) const BUNDLE_NO_NAME: &str = "no package name is known: give `name = \"..\"`";

pub(crate) const BUNDLE_NO_VERSION: &str = "no package version is known: give `version = \"..\"`";

pub(crate) const BUNDLE_PLUGIN: &str =
    "expected a plugin's type, such as `Upper`, or a key, such as `name = \"upper\"`";

pub(crate) const BUNDLE_CONTRACT: &str =
    "expected the name of a contract, as in `Upper: Transform`, with `+` between several";

pub(crate) fn bundle_type_twice(name: &str) -> String {
    format!(
        "`{name}` is listed already: write all its contracts behind one colon, with `+` between them"
    )
}

pub(crate) fn bundle_contract_twice(name: &str) -> String {
    format!("`{name}` is listed already: a bundle provides a contract once")
}
