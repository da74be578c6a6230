//! One client's view of an instance.

use std::sync::Arc;

use polyplug_guest::Contract;

use super::binding::Binding;
use super::cells::{CellRef, InstanceNumber, Standing};
use super::made::Made;
use super::set::{Instances, MakeError};
use super::{Client, object};
use crate::config::Config;
use crate::host::Presence;
use crate::reclaim::{Absent, Bound, Place, domain};

/// The object behind a proxy and its clones: one client's view of an instance.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Cell {
    /// First, because it is what callers know of a cell.
    pub(super) place: Place<Binding>,
    pub(super) client: Client,
    /// What the instance is made from; none if it was handed over, and cannot be made anew.
    pub(super) config: Option<Config>,
    pub(super) owner: Arc<Instances>,
    /// The bundle that asked for it, if one did.
    pub(super) user: Option<Arc<Presence>>,
    pub(super) standing: Standing,
}

impl Cell {
    /// Not known to its set yet.
    #[inline]
    pub(super) fn create(
        bound: Bound<Binding>,
        client: Client,
        config: Option<Config>,
        owner: Arc<Instances>,
        user: Option<Arc<Presence>>,
    ) -> CellRef {
        CellRef::new(|| {
            let (place, standing) = (object::place(bound), Standing::new());
            Self { place, client, config, owner, user, standing }
        })
    }

    /// Which instance of its set it stands for.
    pub(super) fn instance(&self) -> InstanceNumber {
        self.standing.instance()
    }

    /// Another cell for the same instance, for `client`.
    pub(crate) fn bind(&self, client: Client) -> Result<CellRef, MakeError> {
        Instances::bind(self, client)
    }

    /// A proxy for the host's own code, over the same instance.
    pub(crate) fn proxy<C: Contract + ?Sized>(&self) -> Result<C::Proxy, MakeError> {
        let cell = self.bind(Client::of::<C>())?;
        // SAFETY: the cell was made for a client of `C`.
        Ok(unsafe { object::into_proxy::<C>(cell) })
    }

    /// The name of the bundle.
    pub(super) fn bundle_name(&self) -> &str {
        self.owner.name()
    }

    /// What was made, or why there is nothing. Not to be dropped under a lock.
    pub(super) fn present(&self) -> Result<Arc<Made>, Absent> {
        match self.place.lease(domain()) {
            Bound::To(target) => Ok(Arc::clone(target.made())),
            Bound::Absent(absent) => Err(absent),
        }
    }

    /// Makes the instance anew, for all of its cells.
    pub(super) fn renew(&self) -> Result<(), MakeError> {
        let owner = &self.owner;
        let config = self.config.as_ref().ok_or(MakeError::HandedOver)?;
        loop {
            owner.wait(self, None::<fn(&_)>)?;
            if self.place.absent().is_some_and(Absent::is_final) {
                return Err(MakeError::Unloaded);
            }
            let implementation = owner.implementation(&self.client).ok_or(MakeError::Unloaded)?;
            let made = Made::create(implementation, config)
                .map_err(|source| MakeError::Create { bundle: owner.name().to_owned(), source })?;
            match owner.renew(self, &made) {
                Ok(()) => return Ok(()),
                // The bundle was reloaded or unloaded meanwhile.
                Err(MakeError::Stale) => drop(made),
                Err(other) => return Err(other),
            }
        }
    }
}
