//! Records of bundles, as events of `tracing` whose target is the bundle.
//!
//! `tracing` wants all that it filters by to live as long as the process: so there is
//! one description for each name of a bundle and each level, made when a bundle of that
//! name first logs, and never freed. It says nothing of any runtime.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use polyplug_guest::abi::LogLevel;
use tracing::callsite::{self, Callsite, Identifier};
use tracing::field::FieldSet;
use tracing::level_filters::LevelFilter;
use tracing::metadata::Kind;
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, dispatcher};

/// The target of one bundle's records.
#[derive(Default)]
pub(super) struct Target {
    sites: OnceLock<&'static Sites>,
}

impl Target {
    /// Whether somebody wants records of this level. The target is the bundle's, so
    /// that which part of it asks makes no difference.
    pub(super) fn is_enabled(&self, bundle: &str, level: LogLevel, _part: &str) -> bool {
        // Comes first, because it costs least.
        level_of(level) <= LevelFilter::current() && self.site(bundle, level).is_enabled()
    }

    /// Writes a record, if somebody wants it. `place` is a file and a line.
    pub(super) fn write(
        &self,
        bundle: &str,
        level: LogLevel,
        part: &str,
        message: &str,
        place: Option<(&str, u32)>,
    ) {
        if !self.is_enabled(bundle, level, part) {
            return;
        }
        let site = self.site(bundle, level);
        let metadata = site.described();
        let mut fields = metadata.fields().iter();
        let (Some(first), Some(second), Some(third), Some(fourth)) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            return;
        };
        let (file, line) = place.unzip();
        let message = format_args!("{message}");
        let part = (!part.is_empty()).then_some(part);
        let values = [
            (&first, Some(&message as &dyn tracing::Value)),
            (&second, part.as_ref().map(|part| part as &dyn tracing::Value)),
            (&third, file.as_ref().map(|file| file as &dyn tracing::Value)),
            (&fourth, line.as_ref().map(|line| line as &dyn tracing::Value)),
        ];
        Event::dispatch(metadata, &metadata.fields().value_set(&values));
    }

    fn site(&self, bundle: &str, level: LogLevel) -> &'static Site {
        let sites = self.sites.get_or_init(|| sites_of(bundle));
        &sites.0[level as usize - 1]
    }
}

const FIELDS: &[&str] = &["message", "part", "file", "line"];

const LEVELS: [Level; 5] = [Level::ERROR, Level::WARN, Level::INFO, Level::DEBUG, Level::TRACE];

fn level_of(level: LogLevel) -> Level {
    LEVELS[level as usize - 1]
}

/// One site for each level.
struct Sites([Site; 5]);

/// The sites of the bundles of this name, over all runtimes.
fn sites_of(bundle: &str) -> &'static Sites {
    static ALL: Mutex<BTreeMap<&'static str, &'static Sites>> = Mutex::new(BTreeMap::new());
    // No code of others runs under the lock, so a poisoned one guards whole data.
    let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(sites) = all.get(bundle) {
        return sites;
    }
    let bundle: &'static str = String::leak(bundle.to_owned());
    let sites: &'static Sites =
        Box::leak(Box::new(Sites(LEVELS.map(|level| Site::new(bundle, level)))));
    all.insert(bundle, sites);
    sites
}

/// Where records of one bundle and level come from, as `tracing` knows it.
struct Site {
    bundle: &'static str,
    level: Level,
    metadata: OnceLock<Metadata<'static>>,
    is_registered: AtomicBool,
    /// What subscribers said of it: [`NEVER`], [`SOMETIMES`] or [`ALWAYS`].
    interest: AtomicU8,
}

const NEVER: u8 = 0;
const SOMETIMES: u8 = 1;
const ALWAYS: u8 = 2;

impl Site {
    fn new(bundle: &'static str, level: Level) -> Self {
        let (is_registered, interest) = (AtomicBool::new(false), AtomicU8::new(SOMETIMES));
        Self { bundle, level, metadata: OnceLock::new(), is_registered, interest }
    }

    fn described(&'static self) -> &'static Metadata<'static> {
        self.metadata.get_or_init(|| {
            let fields = FieldSet::new(FIELDS, Identifier(self));
            let (target, level) = (self.bundle, self.level);
            Metadata::new("record", target, level, None, None, None, fields, Kind::EVENT)
        })
    }

    fn is_enabled(&'static self) -> bool {
        let metadata = self.described();
        // Relaxed, here and below: who asks meanwhile, or sees an interest that has just
        // changed a moment later, asks the subscriber itself.
        if !self.is_registered.load(Ordering::Relaxed)
            && !self.is_registered.swap(true, Ordering::Relaxed)
        {
            callsite::register(self);
        }
        match self.interest.load(Ordering::Relaxed) {
            NEVER => false,
            ALWAYS => true,
            _ => dispatcher::get_default(|dispatch| dispatch.enabled(metadata)),
        }
    }
}

impl Callsite for Site {
    fn set_interest(&self, interest: Interest) {
        let interest = match interest {
            interest if interest.is_never() => NEVER,
            interest if interest.is_always() => ALWAYS,
            _ => SOMETIMES,
        };
        self.interest.store(interest, Ordering::Relaxed);
    }

    fn metadata(&self) -> &Metadata<'_> {
        match self.metadata.get() {
            Some(metadata) => metadata,
            None => unreachable!("a site is described before it is registered"),
        }
    }
}
