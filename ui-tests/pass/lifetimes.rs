//! Lifetimes, elided and named.

#![allow(clippy::needless_lifetimes, clippy::extra_unused_lifetimes, single_use_lifetimes)]

use polyplug_guest::{PluginError, contract, plugin};

/// Borrows in every way that is allowed.
#[contract(name = "lifetimes", version = "1.0")]
pub trait Lifetimes {
    /// One name for receiver and arguments.
    fn one<'a>(&'a self, left: &'a str, right: &'a [u8]) -> String;

    /// Several names.
    fn several<'a, 'b>(&mut self, left: &'a str, right: &'b mut [u8]) -> Result<u8, PluginError>;

    /// A name that is not used by an argument.
    fn unused<'a>(&'a self) -> u32;

    /// Elided, and written as such.
    fn elided(&'_ self, text: &'_ str) -> u32;
}

/// The plugin.
#[derive(Default)]
pub struct Plain;

#[plugin]
impl Lifetimes for Plain {
    fn one<'a>(&'a self, left: &'a str, right: &'a [u8]) -> String {
        format!("{left}{}", right.len())
    }

    fn several(&mut self, left: &str, right: &mut [u8]) -> Result<u8, PluginError> {
        right.fill(0);
        Ok(left.len() as u8)
    }

    fn unused(&self) -> u32 {
        0
    }

    fn elided(&self, text: &str) -> u32 {
        text.len() as u32
    }
}

/// What is lent to a proxy need not live longer than the call.
pub fn call(proxy: &mut LifetimesProxy) -> Result<String, PluginError> {
    let mut bytes = vec![1];
    {
        let text = "short".to_owned();
        let _length = proxy.several(&text, &mut bytes)?;
    }
    Ok(proxy.one("text", &bytes)?)
}
