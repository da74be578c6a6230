//! The host's side of polyplug.
