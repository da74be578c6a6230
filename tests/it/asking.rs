//! What bundles ask for: services of the host, and plugins of other bundles. Everything
//! holds for bundles that are loaded and for those that are linked in.

mod context;
mod entangled;
mod lifetimes;
mod plugins;
mod services;

use fixture_plug_contract::{Asker, AskerProxy};
use polyplug_runtime::{Bundle, Runtime};

use crate::place::Place;
use crate::support::library;

/// Where the bundles of a test come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Whence {
    Loaded,
    LinkedIn,
}

/// Runs a test with bundles of either kind.
fn both(test: impl Fn(&World)) {
    for whence in [Whence::Loaded, Whence::LinkedIn] {
        let place = Place::new();
        let runtime = place.runtime();
        test(&World { whence, place, runtime });
    }
}

/// A runtime, and where it gets its bundles.
struct World {
    whence: Whence,
    place: Place,
    runtime: Runtime,
}

impl World {
    fn load(&self, name: &str) -> Bundle {
        let loaded = match (self.whence, name) {
            (Whence::Loaded, _) => self.runtime.load(library(&format!("fixture-{name}"))),
            (Whence::LinkedIn, "word") => self.runtime.load_static(&fixture_word::BUNDLE),
            (Whence::LinkedIn, _) => self.runtime.load_static(&fixture_asker::BUNDLE),
        };
        loaded.unwrap()
    }

    /// Loads both bundles.
    fn load_both(&self) {
        self.load("word");
        self.load("asker");
    }

    /// An instance of `asker`; with `late` it asks for nothing when it is made.
    fn asker(&self, config: &str) -> AskerProxy {
        self.runtime.get_with::<dyn Asker>(config).unwrap()
    }
}
