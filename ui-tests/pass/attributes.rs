//! Attributes that belong to the user, and what becomes of them.

use polyplug_guest::{contract, plugin};

/// Has attributes.
///
/// More about it, with a link to [`Attributes::old`].
#[contract(name = "attributes", version = "1.0", proxy = Client)]
#[cfg(not(any()))]
#[must_use]
pub trait Attributes {
    /// Was replaced, see [`Self::fresh`].
    #[deprecated(since = "1.0.0", note = "use `fresh`")]
    fn old(&self) -> u32;

    /// Replaces it.
    ///
    /// # Errors
    ///
    /// When there is none.
    #[doc(alias = "newer")]
    fn fresh(&self) -> Result<u32, String>;

    /// Is to be used.
    #[must_use]
    fn used(&self) -> u32;

    #[doc(hidden)]
    #[allow(clippy::too_many_arguments)]
    fn hidden(&self, a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8);

    /// Is named as the user likes it.
    #[allow(non_snake_case)]
    fn Named(&self, Argument: u8) -> u8;

    #[doc = "Documented by an attribute."]
    #[cfg_attr(not(any()), doc = "And by another.")]
    #[inline]
    fn documented(&self) {}

    #[doc = concat!("Documented ", "by a macro.")]
    #[cold]
    fn by_macro(&self) {}
}

/// The plugin.
#[derive(Default)]
pub struct Plain;

#[plugin]
#[cfg(not(any()))]
impl Attributes for Plain {
    fn old(&self) -> u32 {
        0
    }

    fn fresh(&self) -> Result<u32, String> {
        Ok(1)
    }

    fn used(&self) -> u32 {
        2
    }

    fn Named(&self, argument: u8) -> u8 {
        argument
    }

    fn hidden(&self, a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8) {
        let _sum = [a, b, c, d, e, f, g, h].map(u32::from).iter().sum::<u32>();
    }
}

/// Left out, with everything that belongs to it.
#[contract(name = "attributes.absent", version = "1.0")]
#[cfg(any())]
pub trait Absent {
    /// Would not compile.
    fn absent(&self) -> u32;
}

#[plugin]
#[cfg(any())]
impl Absent for Plain {
    fn absent(&self) -> u32 {
        0
    }
}
