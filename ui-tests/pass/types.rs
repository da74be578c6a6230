//! Every type that can cross, as an argument and as a result.

#![allow(unused_qualifications)]

use std::time::Duration;

use polyplug_guest::{PluginError, bundle, contract, plugin};

const LENGTH: usize = 2;

/// Gives back what it gets.
#[contract(name = "types", version = "1.0")]
pub trait Types {
    /// Unsigned numbers.
    fn unsigned(&self, a: u8, b: u16, c: u32, d: u64, e: usize) -> u64;

    /// Signed numbers.
    fn signed(&self, a: i8, b: i16, c: i32, d: i64, e: isize) -> i64;

    /// Numbers with a fraction.
    fn fractions(&self, a: f32, b: f64) -> f64;

    /// What is no number.
    fn others(&self, a: bool, b: char, c: ()) -> char;

    /// Borrowed text, and owned.
    fn text(&self, a: &str, b: String) -> String;

    /// Borrowed numbers.
    fn slices(&self, a: &[u8], b: &mut [f64], c: &[i64]) -> usize;

    /// Owned sequences.
    fn vectors(&self, a: Vec<u8>, b: Vec<String>, c: Vec<Vec<bool>>) -> Vec<Result<char, u8>>;

    /// Results, as values.
    fn results(&self, a: Result<u8, String>, b: Result<(), PluginError>) -> Vec<u32>;

    /// An error of the method's own.
    fn fails(&mut self, a: u32) -> Result<Vec<u32>, PluginError>;

    /// Paths to known types.
    fn paths(&self, a: std::string::String) -> std::result::Result<std::vec::Vec<u8>, String>;

    /// What may be missing, and what has several parts.
    fn compound(
        &self,
        a: Option<u32>,
        b: Vec<Option<String>>,
        c: (u32, (u32,)),
        d: [u8; 4],
        e: &[[f32; 3]],
    ) -> Option<(u32, [String; LENGTH])>;

    /// How long something takes.
    fn duration(&self, a: std::time::Duration, b: Vec<Duration>) -> Duration;

    /// Parentheses.
    #[allow(unused_parens)]
    fn parentheses(&self, a: (u32), b: &(str)) -> (u32);

    /// Nothing at all.
    fn nothing(&self);
}

/// The plugin.
#[derive(Default)]
pub struct Echo;

#[plugin]
impl Types for Echo {
    fn unsigned(&self, a: u8, b: u16, c: u32, d: u64, e: usize) -> u64 {
        u64::from(a) + u64::from(b) + u64::from(c) + d + e as u64
    }

    fn signed(&self, a: i8, b: i16, c: i32, d: i64, e: isize) -> i64 {
        i64::from(a) + i64::from(b) + i64::from(c) + d + e as i64
    }

    fn fractions(&self, a: f32, b: f64) -> f64 {
        f64::from(a) + b
    }

    fn others(&self, a: bool, b: char, (): ()) -> char {
        if a { b } else { 'x' }
    }

    fn text(&self, a: &str, b: String) -> String {
        b + a
    }

    fn slices(&self, a: &[u8], b: &mut [f64], c: &[i64]) -> usize {
        b.fill(0.5);
        a.len() + b.len() + c.len()
    }

    fn vectors(&self, a: Vec<u8>, b: Vec<String>, c: Vec<Vec<bool>>) -> Vec<Result<char, u8>> {
        let first = b.first().and_then(|text| text.chars().next()).ok_or(a.len() as u8);
        vec![first, Err(c.len() as u8)]
    }

    fn results(&self, a: Result<u8, String>, b: Result<(), PluginError>) -> Vec<u32> {
        vec![a.map_or(0, u32::from), u32::from(b.is_ok())]
    }

    fn fails(&mut self, a: u32) -> Result<Vec<u32>, PluginError> {
        if a == 0 { Err(PluginError::msg("none")) } else { Ok(vec![a]) }
    }

    fn paths(&self, a: String) -> Result<Vec<u8>, String> {
        Ok(a.into_bytes())
    }

    fn compound(
        &self,
        a: Option<u32>,
        b: Vec<Option<String>>,
        (first, (second,)): (u32, (u32,)),
        d: [u8; 4],
        e: &[[f32; 3]],
    ) -> Option<(u32, [String; LENGTH])> {
        let sum = a? + first + second + u32::from(d[0]) + e.len() as u32;
        Some((sum, [b.into_iter().next()??, String::new()]))
    }

    fn duration(&self, a: Duration, b: Vec<Duration>) -> Duration {
        b.into_iter().fold(a, Duration::saturating_add)
    }

    #[allow(unused_parens)]
    fn parentheses(&self, a: u32, b: &str) -> u32 {
        a + b.len() as u32
    }

    fn nothing(&self) {}
}

bundle!(Echo, name = "types");
