//! When what a call may be in can be taken apart.
//!
//! The runtime's half of the protocol whose other half is inlined into every
//! caller; both are described in `proxy::frame` of polyplug-guest, with the
//! argument for its fences. Here is the rest of the story.
//!
//! # Who holds a target
//!
//! A [`Target`] is what calls are made through. It is counted; one reference is
//! that of the [`Place`] whose present one it is. When another takes its place
//! that reference becomes a [`Replaced`], which can only be given to
//! [`Domain::retire`]. There it waits until no slot of any thread names it, and is
//! then dropped like any reference. Whatever else holds the target (a lease, for
//! work that is no call) is counted too. So the target goes with the last holder,
//! on the thread of that holder.
//!
//! # Why nobody follows a dangling pointer
//!
//! A caller follows what its slot names after it has seen that it still was the
//! present one. A target is dropped after the domain, behind its barrier, has
//! found it in no slot. If the caller looked at `current` before the barrier
//! reached its thread, its name is visible to the search; if after, it sees that
//! the target was replaced and does not follow it.
//!
//! # Why nothing waits for ever
//!
//! Each search first sets every record's attention. A caller that clears its slot
//! before the barrier reaches it is seen to have done so; one that clears it later
//! sees the attention and searches again. What was found in a slot waits for that
//! record's thread, so it is taken apart by the thread that replaced it or by one
//! that left it, and by no other. A thread in the middle of a load, a reload or an
//! unload does so at the end of that.
//!
//! # Why somebody who holds a target has it alone
//!
//! Its places say [`Absent::Held`], so who begins a call waits or is let through. From
//! the moment at which nobody is let through any more, references to it only become
//! fewer. Whoever was let through has named it by then, or has a lease. So when nobody
//! has a lease, and a search that begins after that finds no name, nobody is in it:
//! [`Domain::are_idle`]. The other order would miss who names it and then gives the lease
//! up.
//!
//! Searches exclude each other by a lock, under which no code of others runs. A
//! call takes it only when it leaves what was replaced under it.

mod barrier;
mod domain;
mod held;
mod place;
mod record;
mod thread;
mod turn;

#[cfg(all(test, not(loom)))]
mod litmus;
#[cfg(all(test, loom))]
mod model;
#[cfg(all(test, not(loom)))]
mod tests;

#[cfg(feature = "lua")]
pub(crate) use barrier::Barrier;
pub(crate) use domain::Swept;
pub(crate) use held::Held;
pub(crate) use place::{Absent, Bound, Place, Replaced, Target};
pub(crate) use thread::{
    attend, domain, enter, is_inside_call, look_again, named_by_this_thread, rename, thread_record,
};
pub(crate) use turn::{TurnSection, let_go, sweep};
