//! Measures what polyplug costs beside what it may cost.
//!
//! # Ratios
//!
//! Times of a shared machine say little, so a [`Table`] compares. It runs its
//! arms by turns, round after round, and divides the time of each arm by the time
//! that the first arm, the floor, took in the same round. The median over the
//! rounds is the figure; beside it stand the quartiles. What slows a whole round
//! down cancels out, and a round that was disturbed half-way is an outlier.
//!
//! # Running
//!
//! See [`Options`]; `benches/README.md` says what each arm is.

mod bundles;
mod chart;
mod clock;
mod library;
mod memory;
mod options;
mod statistics;
mod table;

pub use bundles::{SyntheticBundle, fill, runtime_with};
pub use chart::Chart;
pub use clock::timed;
pub use library::{floor_add, library, load_symbol};
pub use memory::Memory;
pub use options::Options;
pub use table::{ArmId, Round, Table};
