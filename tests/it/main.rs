//! Integration tests: real libraries, opened and called.

mod basics;
mod support;
