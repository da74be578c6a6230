//! Closures in signatures, in a file where nothing is in scope.

#![no_implicit_prelude]
#![forbid(unsafe_code, missing_docs)]
#![deny(unused_qualifications, warnings)]
#![allow(clippy::type_complexity)]

use ::polyplug_guest as guest;
use ::std::ops::{Fn, FnMut};
use ::std::option::Option;
use ::std::result::Result;
use ::std::string::String;
use ::std::vec::Vec;

/// An alias.
pub type Text = String;
/// An alias.
pub type Sample = f32;

/// Something of the user's own.
#[derive(guest::Abi)]
pub struct Own {
    /// A field.
    pub field: u8,
}

/// Takes closures in all forms.
#[guest::contract(name = "pass.closures", version = "1.1", crate = guest)]
pub trait Closures {
    /// With what is lent to it.
    fn lent(&self, each: &mut dyn FnMut(&str, &[u8], &mut [u8], &mut [Sample]) -> bool);

    /// With lifetimes, and names that the macro could use.
    fn named<'a>(
        &self,
        text: &'a str,
        closure: &'a dyn Fn(Text, &'_ str) -> Text,
        error: &'a mut (dyn FnMut() + 'a),
        name: &mut (dyn FnMut(Own) -> Own + '_),
    ) -> String;

    /// With values, by the trait's path; changes, and has a body.
    #[since("1.1")]
    fn values(
        &mut self,
        mut values: &mut dyn ::std::ops::FnMut(Option<Own>, (u8, Text)) -> Result<Vec<Own>, Text>,
    ) -> Result<Text, Text> {
        let values = &mut values;
        match values(Option::None, (1, Text::new())) {
            Result::Ok(_) => Result::Ok(Text::new()),
            Result::Err(error) => Result::Err(error),
        }
    }
}

/// Calls them.
#[derive(::std::fmt::Debug, ::std::default::Default)]
pub struct Caller;

#[guest::plugin(crate = guest)]
impl Closures for Caller {
    fn lent(&self, each: &mut dyn FnMut(&str, &[u8], &mut [u8], &mut [Sample]) -> bool) {
        each("", &[], &mut [1], &mut []);
    }

    fn named<'a>(
        &self,
        text: &'a str,
        closure: &'a dyn Fn(Text, &'_ str) -> Text,
        error: &'a mut (dyn FnMut() + 'a),
        name: &mut (dyn FnMut(Own) -> Own + '_),
    ) -> String {
        error();
        name(Own { field: 1 });
        closure(Text::new(), text)
    }
}

guest::bundle!(Caller, name = "pass.closures", crate = guest);
