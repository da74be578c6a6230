//! Types of the user's that cross.

use std::time::Duration;

use polyplug_guest::{Abi, PluginError, bundle, contract, plugin};

/// Plain.
#[derive(Abi, Clone, Copy, PartialEq, Debug)]
#[repr(C)]
pub struct Point {
    /// A number.
    pub x: f32,
    /// An array of plain ones.
    pub rest: [[u16; 2]; 3],
}

/// Has everything, also what is private.
#[derive(Abi, Clone, Debug)]
pub struct Everything {
    r#type: Option<Point>,
    parts: (Vec<Shape>, Duration),
    hidden: Hidden,
    error: Result<(), PluginError>,
}

#[derive(Abi, Clone, Debug)]
struct Hidden(u8, String);

/// Has variants of all sorts.
#[derive(Abi, Clone, Debug)]
#[repr(u8)]
pub enum Shape {
    /// No fields.
    None,
    /// Fields without names.
    Points(Vec<Point>, bool),
    /// Fields with names.
    r#Box {
        /// A field.
        r#match: char,
    },
}

/// Nothing.
#[derive(Abi, Clone, Copy, Debug)]
pub struct Nothing;

/// Borrows.
#[derive(Abi, Clone, Copy, Debug)]
pub struct Query<'q> {
    /// Text.
    pub text: &'q str,
    /// What borrows, borrowed.
    pub scope: Scope<'q>,
    /// Structs.
    pub points: &'q [Point],
}

/// Borrows in one variant.
#[derive(Abi, Clone, Copy, Debug)]
pub enum Scope<'s> {
    /// Text.
    Named(&'s str),
    /// Nothing.
    All,
}

#[allow(non_camel_case_types)]
mod inside {
    use polyplug_guest as support;

    /// The support crate by another name, and names that mean something else elsewhere.
    #[derive(support::Abi)]
    #[abi(crate = support)]
    pub struct Option {
        pub r#u32: super::Nothing,
    }
}

/// Uses them.
#[contract(name = "derived", version = "1.0")]
pub trait Derived {
    /// All of them.
    fn all(&self, a: Everything, b: Shape, c: Nothing, d: inside::Option) -> Vec<Everything>;

    /// What is lent.
    fn lent<'a>(&'a self, a: Query<'a>, b: Scope<'_>, c: &mut [Point]) -> Point;
}

/// The plugin.
#[derive(Default)]
pub struct Echo;

#[plugin]
impl Derived for Echo {
    fn all(&self, a: Everything, b: Shape, _: Nothing, d: inside::Option) -> Vec<Everything> {
        let inside::Option { r#u32: Nothing } = d;
        let Hidden(number, text) = &a.hidden;
        let hidden = Hidden(number + 1, text.clone());
        vec![Everything { parts: (vec![b], a.parts.1), hidden, ..a }]
    }

    fn lent<'a>(&'a self, a: Query<'a>, _: Scope<'_>, c: &mut [Point]) -> Point {
        c.copy_from_slice(a.points);
        c[0]
    }
}

bundle!(Echo, name = "derived");
