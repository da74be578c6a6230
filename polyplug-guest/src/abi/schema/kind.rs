//! What sorts of types there are.

/// The kinds of types, with stable numbers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u32)]
#[allow(missing_docs, reason = "each is named for the Rust type that it stands for")]
pub enum TypeKind {
    Unit = 0,
    Bool = 1,
    Char = 2,
    U8 = 3,
    U16 = 4,
    U32 = 5,
    U64 = 6,
    Usize = 7,
    I8 = 8,
    I16 = 9,
    I32 = 10,
    I64 = 11,
    Isize = 12,
    F32 = 13,
    F64 = 14,
    /// `&str`
    Str = 15,
    String = 16,
    /// `&[T]`
    Slice = 17,
    /// `&mut [T]`
    SliceMut = 18,
    Vec = 19,
    Result = 20,
    PluginError = 21,
    Option = 22,
    /// `(A, B)`
    Tuple = 23,
    /// `[T; N]`
    Array = 24,
    Duration = 25,
    /// A struct under `#[derive(Abi)]`
    Struct = 26,
    /// An enum under `#[derive(Abi)]`
    Enum = 27,
    /// The proxy of a contract
    Proxy = 28,
    /// `&dyn Contract`
    Contract = 29,
    /// `&mut dyn Contract`
    ContractMut = 30,
    /// `&dyn Fn(A, ..) -> R`
    Fn = 31,
    /// `&mut dyn FnMut(A, ..) -> R`
    FnMut = 32,
    AbiVec = 33,
    AbiString = 34,
}

impl TypeKind {
    const ALL: [Self; 35] = [
        Self::Unit,
        Self::Bool,
        Self::Char,
        Self::U8,
        Self::U16,
        Self::U32,
        Self::U64,
        Self::Usize,
        Self::I8,
        Self::I16,
        Self::I32,
        Self::I64,
        Self::Isize,
        Self::F32,
        Self::F64,
        Self::Str,
        Self::String,
        Self::Slice,
        Self::SliceMut,
        Self::Vec,
        Self::Result,
        Self::PluginError,
        Self::Option,
        Self::Tuple,
        Self::Array,
        Self::Duration,
        Self::Struct,
        Self::Enum,
        Self::Proxy,
        Self::Contract,
        Self::ContractMut,
        Self::Fn,
        Self::FnMut,
        Self::AbiVec,
        Self::AbiString,
    ];

    /// The kind that crossed the ABI as `number`, if it is one.
    pub const fn from_u32(number: u32) -> Option<Self> {
        if (number as usize) < Self::ALL.len() { Some(Self::ALL[number as usize]) } else { None }
    }

    /// How many parameters a type of this kind has, when that is the same for all
    /// of them.
    pub const fn parameter_count(self) -> Option<usize> {
        match self {
            Self::Slice
            | Self::SliceMut
            | Self::Vec
            | Self::AbiVec
            | Self::Option
            | Self::Array => Some(1),
            Self::Result => Some(2),
            Self::Tuple | Self::Struct | Self::Enum | Self::Fn | Self::FnMut => None,
            _ => Some(0),
        }
    }

    /// Whether a type of this kind has a number of elements or names, which are part
    /// of its fingerprint then.
    pub const fn has_details(self) -> bool {
        matches!(self, Self::Array | Self::Struct | Self::Enum) || self.is_of_contract()
    }

    /// Whether a type of this kind stands for a contract, which it names.
    pub const fn is_of_contract(self) -> bool {
        matches!(self, Self::Proxy | Self::Contract | Self::ContractMut)
    }

    /// How Rust writes the type, when it has no parameters.
    pub const fn rust_name(self) -> &'static str {
        match self {
            Self::Unit => "()",
            Self::Bool => "bool",
            Self::Char => "char",
            Self::U8 => "u8",
            Self::U16 => "u16",
            Self::U32 => "u32",
            Self::U64 => "u64",
            Self::Usize => "usize",
            Self::I8 => "i8",
            Self::I16 => "i16",
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::Isize => "isize",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::Str => "&str",
            Self::String => "String",
            Self::Slice => "&[_]",
            Self::SliceMut => "&mut [_]",
            Self::Vec => "Vec",
            Self::Result => "Result",
            Self::PluginError => "PluginError",
            Self::Option => "Option",
            Self::Tuple => "(_)",
            Self::Array => "[_; _]",
            Self::Duration => "Duration",
            Self::Struct => "struct",
            Self::Enum => "enum",
            Self::Proxy => "proxy",
            Self::Contract => "&dyn",
            Self::ContractMut => "&mut dyn",
            Self::Fn => "&dyn Fn",
            Self::FnMut => "&mut dyn FnMut",
            Self::AbiVec => "AbiVec",
            Self::AbiString => "AbiString",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_keep_their_numbers() {
        for (number, kind) in TypeKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, number);
            assert_eq!(TypeKind::from_u32(number as u32), Some(kind));
        }
        assert_eq!(TypeKind::from_u32(TypeKind::ALL.len() as u32), None);
    }
}
