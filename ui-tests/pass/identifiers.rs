//! Names that are keywords, or that the expanded code might use itself.

use polyplug_guest::{bundle, contract, plugin};

/// A trait with a raw name.
#[contract(name = "identifiers", version = "1.0")]
pub trait r#Identifiers {
    /// A keyword.
    fn r#type(&self, r#fn: u32, r#match: &str) -> u32;

    /// What the expanded code calls things.
    #[allow(clippy::too_many_arguments)]
    fn call(
        &mut self,
        table: u32,
        instance: &str,
        error: Vec<u8>,
        core: u8,
        this: u8,
        context: u8,
        argument_0: u8,
        __p: u8,
    ) -> Result<u32, String>;

    /// A name of a method of other traits.
    fn clone(&self) -> u32;

    /// Another.
    #[allow(clippy::wrong_self_convention)]
    fn from_core(&self, fmt: u32) -> u32;

    /// Another.
    fn method_0(&self) -> u32;
}

/// A type that is named as something of the expanded code.
#[derive(Default)]
#[allow(non_camel_case_types)]
pub struct __Table;

#[plugin]
impl Identifiers for __Table {
    fn r#type(&self, r#fn: u32, r#match: &str) -> u32 {
        r#fn + r#match.len() as u32
    }

    fn call(
        &mut self,
        table: u32,
        instance: &str,
        error: Vec<u8>,
        core: u8,
        this: u8,
        context: u8,
        argument_0: u8,
        __p: u8,
    ) -> Result<u32, String> {
        let small = [core, this, context, argument_0, __p].map(u32::from);
        Ok(table + instance.len() as u32 + error.len() as u32 + small.iter().sum::<u32>())
    }

    fn clone(&self) -> u32 {
        1
    }

    fn from_core(&self, fmt: u32) -> u32 {
        fmt
    }

    fn method_0(&self) -> u32 {
        0
    }
}

bundle!(__Table, name = "identifiers");
