//! What cannot be loaded is refused, with an error that names file, field and
//! remedy, and leaves everything as it was.

pub(crate) mod child;
mod image;
pub(crate) mod stage;

mod aborting;
mod agreement;
mod entry;
mod instance;
mod library;
mod manifest;
mod place;
mod replaced;
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod truncated;

pub(crate) use image::Image;
pub(crate) use stage::{Stage, text};
