//! What the macros say about mistakes: every text, and nothing else.
//!
//! A test looks for each text in the expected errors of the UI cases, so a new
//! one needs a case.

pub(crate) mod derive;
pub(crate) mod types;

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

pub(crate) const KEYS_MISSING: &str = "a contract has a name and a version: \
     `#[contract(name = \"text.transform\", version = \"1.0\")]`";

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

// `#[plugin]`.

pub(crate) const PLUGIN_NOT_ON_IMPL: &str =
    "`#[plugin]` goes on an `impl` block of a contract, such as `impl Transform for Upper`";

pub(crate) const PLUGIN_INHERENT: &str = "`#[plugin]` goes on the `impl` block of a contract, such as `impl Transform for Upper`; \
     this one implements no trait";

pub(crate) const PLUGIN_GENERIC: &str =
    "a plugin cannot be generic: hosts load compiled code, so its types are fixed";

pub(crate) const PLUGIN_SAVE_ALONE: &str = "what is saved must be restored: write `restore = Self::restore` too, with \
     `fn restore(cx: &Context<'_>, state: &[u8]) -> Result<Self, PluginError>`";
pub(crate) const PLUGIN_RESTORE_ALONE: &str = "nothing can be restored that was not saved: write `save = Self::save` too, with \
     `fn save(&self) -> Result<Vec<u8>, PluginError>`";
pub(crate) const PLUGIN_SAVE_STATELESS: &str =
    "a stateless plugin has nothing to save: leave `stateless`, or `save` and `restore`, out";
pub(crate) const PLUGIN_NEGATIVE: &str = "a plugin implements its contract";

pub(crate) const PLUGIN_UNSAFE: &str = "a contract is not an `unsafe trait`: leave `unsafe` out";

pub(crate) const PLUGIN_TYPE: &str =
    "a plugin is a type with a name, such as a `struct` or an `enum`: hosts make instances of it";

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

pub(crate) const BUNDLE_CONTRACT_TWICE: &str =
    "two plugins of this bundle have the same contract: a bundle provides a contract once";

pub(crate) fn bundle_type_twice(name: &str) -> String {
    format!(
        "`{name}` is listed already: write all its contracts behind one colon, with `+` between them"
    )
}

pub(crate) fn bundle_contract_twice(name: &str) -> String {
    format!("`{name}` is listed already: a bundle provides a contract once")
}

pub(crate) const DEPENDS_ITEM: &str = "expected a contract, such as `\"text.transform@1\"`, or a bundle, such as `{ bundle = \"upper\" }`";

pub(crate) const DEPENDS_BAD_CONTRACT: &str = "a contract that is needed is written `text.transform@1`, or `text.transform@1.2` for at least that minor; \
     below 1 it has a minor";

pub(crate) const DEPENDS_NO_BUNDLE: &str = "name the bundle: `bundle = \"upper\"`, and `version = \"^1.2\"` beside it if only some versions will do";

pub(crate) const DEPENDS_BAD_REQUIREMENT: &str =
    "which versions will do is written as in Cargo, such as `^1.2` or `>=1.0, <3`";

pub(crate) const DEPENDS_TWICE: &str = "this is listed already";
