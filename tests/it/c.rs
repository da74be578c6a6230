//! Plugins in C and C++, built here with the system's compilers.

pub(crate) mod compiler;
mod guide;
mod headers;
mod plugins;
mod users;
