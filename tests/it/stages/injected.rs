//! A loader around another one, that fails where it is told to.

use std::path::Path;
use std::sync::{Arc, Mutex};

use polyplug_runtime::Description;
use polyplug_runtime::loader::{
    BundleLoader, BundleSource, Closed, LoaderError, Module, PreparedBundle, Registrar,
};

/// What is made to fail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fault {
    /// The bundle is not looked at.
    Located,
    /// Its private copy was made and found good.
    Verified,
    /// It is not opened.
    Opening,
    /// It was opened.
    Opened,
    /// Its entry is not called.
    Initialising,
    /// Its entry has registered all it has.
    Registered,
}

impl Fault {
    pub(super) const ALL: [Self; 6] = [
        Self::Located,
        Self::Verified,
        Self::Opening,
        Self::Opened,
        Self::Initialising,
        Self::Registered,
    ];

    pub(super) fn says(self) -> &'static str {
        match self {
            Self::Located => "injected: Located",
            Self::Verified => "injected: Verified",
            Self::Opening => "injected: Opening",
            Self::Opened => "injected: Opened",
            Self::Initialising => "injected: Initialising",
            Self::Registered => "injected: Registered",
        }
    }
}

type Watch = Arc<dyn Fn() + Send + Sync>;

/// How a stage is made to fail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum How {
    Error,
    Panic,
}

/// What loaders were told to do, once.
#[derive(Clone, Default)]
pub(super) struct Orders(Arc<Mutex<Told>>);

#[derive(Default)]
struct Told {
    fault: Option<(Fault, How)>,
    watch: Option<Watch>,
}

impl Orders {
    pub(super) fn fail(&self, fault: Fault, how: How) {
        self.0.lock().unwrap().fault = Some((fault, how));
    }

    /// Runs `watch` before and after each entry.
    pub(super) fn watch(&self, watch: impl Fn() + Send + Sync + 'static) {
        self.0.lock().unwrap().watch = Some(Arc::new(watch));
    }

    /// What `watch` captured is let go.
    pub(super) fn stop_watching(&self) {
        let watch = self.0.lock().unwrap().watch.take();
        drop(watch);
    }

    pub(super) fn are_done(&self) -> bool {
        self.0.lock().unwrap().fault.is_none()
    }

    fn at(&self, stage: Fault) -> Result<(), LoaderError> {
        let asked = self.0.lock().unwrap().fault.take_if(|(fault, _)| *fault == stage);
        match asked {
            None => Ok(()),
            Some((_, How::Error)) => Err(stage.says().into()),
            Some((_, How::Panic)) => panic!("{}", stage.says()),
        }
    }

    fn look(&self) {
        let watch = self.0.lock().unwrap().watch.clone();
        if let Some(watch) = watch {
            watch();
        }
    }
}

pub(super) struct Injected<L> {
    pub(super) inner: L,
    pub(super) orders: Orders,
}

impl<L: BundleLoader> BundleLoader for Injected<L> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn accepts(&self, file: &Path) -> bool {
        self.inner.accepts(file)
    }

    fn prepare(&self, source: &BundleSource<'_>) -> Result<Box<dyn PreparedBundle>, LoaderError> {
        self.orders.at(Fault::Located)?;
        let inner = self.inner.prepare(source)?;
        self.orders.at(Fault::Verified)?;
        Ok(Box::new(Prepared { inner, orders: self.orders.clone() }))
    }
}

struct Prepared {
    inner: Box<dyn PreparedBundle>,
    orders: Orders,
}

impl PreparedBundle for Prepared {
    fn description(&self) -> Option<&Description> {
        self.inner.description()
    }

    fn open(self: Box<Self>) -> Result<Box<dyn Module>, LoaderError> {
        self.orders.at(Fault::Opening)?;
        let inner = self.inner.open()?;
        self.orders.at(Fault::Opened)?;
        Ok(Box::new(Opened { inner, orders: self.orders }))
    }
}

struct Opened {
    inner: Box<dyn Module>,
    orders: Orders,
}

// SAFETY: registers what the inner module does, and is closed with it.
unsafe impl Module for Opened {
    fn init(&self, registrar: &mut Registrar<'_>) -> Result<(), LoaderError> {
        self.orders.at(Fault::Initialising)?;
        self.orders.look();
        self.inner.init(registrar)?;
        self.orders.look();
        self.orders.at(Fault::Registered)
    }

    fn close(self: Box<Self>) -> Closed {
        self.inner.close()
    }
}
