//! A bundle that is linked in and a service, which do what a test wants.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use fixture_plug_contract::Notes;
use polyplug_guest::{Context, PluginError, contract, plugin};

/// Acts.
#[contract(name = "test.spot", version = "1.0")]
pub(super) trait Spot {
    /// Acts as in `run`.
    fn run(&self);
}

type Act = Arc<dyn Fn() + Send + Sync>;

/// What is done at each place, at most once.
#[derive(Default)]
pub(super) struct Acts {
    id: u64,
    alive: AtomicU32,
    acts: Mutex<HashMap<String, Act>>,
}

static ALL: LazyLock<Mutex<HashMap<u64, Arc<Acts>>>> = LazyLock::new(Mutex::default);

impl Acts {
    pub(super) fn new() -> Arc<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let acts = Arc::new(Self { id, ..Self::default() });
        ALL.lock().unwrap().insert(id, Arc::clone(&acts));
        acts
    }

    pub(super) fn config(&self) -> String {
        self.id.to_string()
    }

    pub(super) fn set(&self, at: &str, act: impl Fn() + Send + Sync + 'static) {
        self.acts.lock().unwrap().insert(at.to_owned(), Arc::new(act));
    }

    pub(super) fn forget(&self) {
        let acts = std::mem::take(&mut *self.acts.lock().unwrap());
        drop(acts);
    }

    /// How many instances there are.
    pub(super) fn alive(&self) -> u32 {
        self.alive.load(Ordering::SeqCst)
    }

    fn at(&self, at: &str) {
        let act = self.acts.lock().unwrap().remove(at);
        if let Some(act) = act {
            act();
        }
    }
}

impl Notes for Acts {
    fn note(&self, text: &str) -> Result<u32, String> {
        self.at(text);
        Ok(0)
    }

    fn panic(&self, message: &str) -> u32 {
        panic!("{message}");
    }

    fn later(&self) -> u32 {
        0
    }
}

struct Here(Arc<Acts>);

impl Here {
    fn create(cx: &Context<'_>) -> Result<Self, PluginError> {
        let id = cx.config().text()?.parse()?;
        let acts = ALL.lock().unwrap().get(&id).cloned();
        let acts = acts.ok_or_else(|| PluginError::msg("nobody says how to act"))?;
        acts.alive.fetch_add(1, Ordering::SeqCst);
        acts.at("create");
        Ok(Self(acts))
    }

    fn on_unload(&mut self) -> Result<(), PluginError> {
        self.0.at("on_unload");
        Ok(())
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        self.0.at("drop");
        self.0.alive.fetch_sub(1, Ordering::SeqCst);
    }
}

#[plugin(create = Self::create, on_unload = Self::on_unload, stateless)]
impl Spot for Here {
    fn run(&self) {
        self.0.at("run");
    }
}

polyplug_guest::bundle!(Here: Spot, name = "spot", version = "1.0.0");
