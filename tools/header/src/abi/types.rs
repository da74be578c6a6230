//! Types of the interface, in C.

use std::collections::HashMap;

use syn::{GenericArgument, PathArguments, ReturnType, Type};

/// A type as C knows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum CType {
    /// A type that C or the header names.
    Named(String),
    /// A record made for one parameter: its Rust name, and what it is made for.
    Instance(String, Box<Self>),
    Pointer {
        is_const: bool,
        to: Box<Self>,
    },
    Function {
        arguments: Vec<(String, Self)>,
        result: Box<Self>,
    },
    Array {
        of: Box<Self>,
        length: String,
    },
}

/// What names mean inside of a declaration.
pub(crate) type Names = HashMap<String, CType>;

/// The C name of a Rust type of the interface.
pub(crate) fn c_name(rust: &str) -> String {
    format!("Polyplug{}", rust.strip_prefix("Raw").unwrap_or(rust))
}

/// The C name of a number of the interface.
pub(crate) fn c_constant(path: &str) -> String {
    let mut name = String::from("POLYPLUG");
    for part in path.split("::") {
        name.push('_');
        name.push_str(&screaming(part));
    }
    name
}

/// `SomeName` as `SOME_NAME`.
pub(crate) fn screaming(name: &str) -> String {
    let mut screaming = String::new();
    let mut before = '_';
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && before.is_ascii_lowercase() {
            screaming.push('_');
        }
        screaming.push(letter.to_ascii_uppercase());
        before = letter;
    }
    screaming
}

/// A field's or an argument's name, which must not be a word of C or C++.
pub(crate) fn c_field(name: &str) -> String {
    const WORDS: &[&str] = &[
        "and",
        "asm",
        "auto",
        "bool",
        "break",
        "case",
        "catch",
        "char",
        "class",
        "const",
        "continue",
        "default",
        "delete",
        "do",
        "double",
        "else",
        "enum",
        "explicit",
        "export",
        "extern",
        "false",
        "float",
        "for",
        "friend",
        "goto",
        "if",
        "inline",
        "int",
        "long",
        "mutable",
        "namespace",
        "new",
        "not",
        "operator",
        "or",
        "private",
        "protected",
        "public",
        "register",
        "restrict",
        "return",
        "short",
        "signed",
        "sizeof",
        "static",
        "struct",
        "switch",
        "template",
        "this",
        "throw",
        "true",
        "try",
        "typedef",
        "typename",
        "union",
        "unsigned",
        "using",
        "virtual",
        "void",
        "volatile",
        "while",
        "xor",
    ];
    if WORDS.contains(&name) { format!("{name}_") } else { name.to_owned() }
}

impl CType {
    /// The C type of a Rust type.
    pub(crate) fn of(ty: &Type, names: &Names) -> Self {
        match ty {
            Type::Ptr(pointer) => {
                Self::pointer(pointer.mutability.is_none(), Self::of(&pointer.elem, names))
            }
            Type::Array(array) => {
                let length = match &array.len {
                    syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(it), .. }) => {
                        it.base10_digits().to_owned()
                    }
                    syn::Expr::Path(path) => c_constant(&last(&path.path)),
                    _ => unreachable!("the length of an array is a number or a constant"),
                };
                Self::Array { of: Box::new(Self::of(&array.elem, names)), length }
            }
            Type::BareFn(function) => {
                let arguments = function.inputs.iter().enumerate().map(|(i, argument)| {
                    let name = argument.name.as_ref().map(|(name, _)| name.to_string());
                    let name = name.filter(|name| name != "_").unwrap_or(format!("argument{i}"));
                    (c_field(&name), Self::of(&argument.ty, names))
                });
                let result = match &function.output {
                    ReturnType::Default => Self::Named("void".to_owned()),
                    ReturnType::Type(_, ty) => Self::of(ty, names),
                };
                Self::Function { arguments: arguments.collect(), result: Box::new(result) }
            }
            Type::Path(path) => Self::of_path(&path.path, names),
            _ => {
                unreachable!("a type of the interface is a path, a pointer, an array or a function")
            }
        }
    }

    fn of_path(path: &syn::Path, names: &Names) -> Self {
        let name = last(path);
        if let Some(known) = names.get(&name) {
            return known.clone();
        }
        let parameter = path.segments.last().and_then(|segment| match &segment.arguments {
            PathArguments::AngleBracketed(list) => list.args.iter().find_map(|it| match it {
                GenericArgument::Type(ty) => Some(Self::of(ty, names)),
                _ => None,
            }),
            _ => None,
        });
        if let Some(parameter) = parameter {
            return match &*name {
                // These have the layout of what is in them.
                "Option" | "MaybeUninit" | "ManuallyDrop" => parameter,
                "AtomicPtr" => Self::pointer(false, parameter),
                _ => Self::Instance(name, Box::new(parameter)),
            };
        }
        Self::Named(match number(&name) {
            Some(number) => number.to_owned(),
            None => c_name(&name),
        })
    }

    fn pointer(is_const: bool, to: Self) -> Self {
        Self::Pointer { is_const, to: Box::new(to) }
    }

    /// What the name of a record that is made for this type ends in.
    fn suffix(&self) -> String {
        match self {
            Self::Named(name) => {
                let short = NUMBERS.iter().find(|(_, c)| c == name).map(|(rust, _)| *rust);
                short.or(name.strip_prefix("Polyplug")).unwrap_or(name).to_owned()
            }
            Self::Instance(..) => self.name().trim_start_matches("Polyplug").to_owned(),
            Self::Pointer { to, .. } => to.suffix() + "Ptr",
            Self::Array { of, length } => format!("{}_{length}", of.suffix()),
            Self::Function { .. } => "Function".to_owned(),
        }
    }

    /// The name of a type that has one.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Named(name) => name.clone(),
            Self::Instance(record, parameter) => {
                format!("{}_{}", c_name(record), parameter.suffix())
            }
            other => unreachable!("{other:?} has no name"),
        }
    }

    /// The declaration of `what` as a thing of this type.
    pub(crate) fn declare(&self, what: &str) -> String {
        self.declared(what, false)
    }

    fn declared(&self, what: &str, is_const: bool) -> String {
        let qualifier = if is_const { "const " } else { "" };
        match self {
            Self::Named(_) | Self::Instance(..) => {
                let space = if what.is_empty() { "" } else { " " };
                format!("{qualifier}{}{space}{what}", self.name())
            }
            Self::Pointer { is_const: to_const, to } => {
                to.declared(&format!("*{qualifier}{what}"), *to_const)
            }
            Self::Array { of, length } => of.declared(&format!("{what}[{length}]"), is_const),
            Self::Function { arguments, result } => {
                let arguments: Vec<_> =
                    arguments.iter().map(|(name, ty)| ty.declare(name)).collect();
                let arguments =
                    if arguments.is_empty() { "void".to_owned() } else { arguments.join(", ") };
                result.declared(&format!("(*{qualifier}{what})({arguments})"), false)
            }
        }
    }
}

const NUMBERS: &[(&str, &str)] = &[
    ("u8", "uint8_t"),
    ("u16", "uint16_t"),
    ("u32", "uint32_t"),
    ("u64", "uint64_t"),
    ("i8", "int8_t"),
    ("i16", "int16_t"),
    ("i32", "int32_t"),
    ("i64", "int64_t"),
    ("f32", "float"),
    ("f64", "double"),
    ("usize", "size_t"),
    ("AtomicU32", "uint32_t"),
    ("c_void", "void"),
];

/// The C type of a Rust number.
pub(crate) fn number(rust: &str) -> Option<&'static str> {
    NUMBERS.iter().find(|(name, _)| *name == rust).map(|(_, c)| *c)
}

fn last(path: &syn::Path) -> String {
    path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default()
}
