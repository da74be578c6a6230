//! What `#[derive(Abi)]` says about mistakes.

pub(crate) const ABI_FORM: &str = "write it like this: `#[abi(crate = path)]`";

pub(crate) const UNION: &str =
    "a union cannot cross, because nobody could tell which of its fields holds: use an enum";

pub(crate) const EMPTY_ENUM: &str =
    "an enum without variants cannot cross, because it has no values: leave it out";

pub(crate) const GENERIC: &str = "a type that crosses cannot be generic, because both sides are compiled on their \
     own: write the type out, in one struct for each use";

pub(crate) const TWO_LIFETIMES: &str =
    "a type that crosses has one lifetime at most, that of the call: use the first one everywhere";

pub(crate) const BOUNDED_LIFETIME: &str =
    "leave the bound out: what is borrowed is lent for the call alone";

pub(crate) const WHERE: &str =
    "a type that crosses has no `where` clause, because it is not generic";

pub(crate) const REPR: &str = "a struct that crosses has `#[repr(C)]` or no `repr` at all";

pub(crate) const TAG_FIELD: &str =
    "give this field another name: `tag` says in Lua which variant it is";

pub(crate) const RECURSIVE: &str = "a type that contains itself cannot cross yet: keep all values in one `Vec`, and \
     refer to them by their index";

pub(crate) const MUT_FIELD: &str =
    "take `&mut [T]` as an argument of its own: fields are lent for reading alone";

pub(crate) const STATIC_FIELD: &str = "use an owned type, such as `String`, or borrow for the call: `struct Name<'a>` with \
     `&'a str`";

pub(crate) const DYN_FIELD: &str =
    "lend the implementation as an argument of its own: a field cannot hold it";
