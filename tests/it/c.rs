//! Plugins in C and C++, built here with the system's compilers.

mod compiler;
mod guide;
mod headers;
mod plugins;
