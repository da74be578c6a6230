//! The macros of polyplug-guest.
