//! A bundle that is linked in, whose instances do what a test wants.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use polyplug_guest::{Context, PluginError, contract, plugin};

/// Adds up, and keeps the sum.
#[contract(name = "test.carry", version = "1.0")]
pub(super) trait Carry {
    /// Adds `number`. Returns the sum.
    fn add(&self, number: u64) -> u64;

    /// How often the state was carried over.
    fn restored(&self) -> u32;

    /// Does what the test wants, and then adds 100.
    fn run(&self) -> u64;
}

/// Keeps nothing.
#[contract(name = "test.carry.beside", version = "1.0")]
pub(super) trait Beside {
    /// Does what the test wants.
    fn run(&self);
}

/// Keeps a sum for one user.
#[contract(name = "test.carry.stack", version = "1.0")]
pub(super) trait Stack {
    /// Adds `number`. Returns the sum.
    fn push(&mut self, number: u64) -> u64;

    /// Does what the test wants, and panics.
    fn panic(&mut self);
}

type Hook = Arc<dyn Fn() + Send + Sync>;

/// What one test shares with the instances that it makes.
#[derive(Default)]
pub(super) struct Subject {
    id: u64,
    made: AtomicU32,
    destroyed: AtomicU32,
    hooks: Mutex<HashMap<&'static str, Hook>>,
}

static SUBJECTS: LazyLock<Mutex<HashMap<u64, Arc<Subject>>>> = LazyLock::new(Mutex::default);

impl Subject {
    pub(super) fn new() -> Arc<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let subject = Self { id: NEXT.fetch_add(1, Ordering::Relaxed), ..Self::default() };
        let subject = Arc::new(subject);
        SUBJECTS.lock().unwrap().insert(subject.id, Arc::clone(&subject));
        subject
    }

    pub(super) fn config(&self) -> String {
        self.id.to_string()
    }

    /// Sets what is done at a place in an instance.
    pub(super) fn hook(&self, at: &'static str, hook: impl Fn() + Send + Sync + 'static) {
        self.hooks.lock().unwrap().insert(at, Arc::new(hook));
    }

    pub(super) fn forget_hooks(&self) {
        let hooks = std::mem::take(&mut *self.hooks.lock().unwrap());
        drop(hooks);
    }

    pub(super) fn made(&self) -> u32 {
        self.made.load(Ordering::SeqCst)
    }

    /// How many instances there are.
    pub(super) fn alive(&self) -> u32 {
        self.made() - self.destroyed.load(Ordering::SeqCst)
    }

    fn at(&self, at: &'static str) -> bool {
        let hook = self.hooks.lock().unwrap().get(at).cloned();
        hook.map(|hook| hook()).is_some()
    }
}

/// An instance of any of the contracts.
struct One {
    subject: Arc<Subject>,
    sum: AtomicU64,
    restored: u32,
}

impl One {
    fn new(cx: &Context<'_>, sum: u64, restored: u32) -> Result<Self, PluginError> {
        let id = cx.config().text()?.parse()?;
        let subject = SUBJECTS.lock().unwrap().get(&id).cloned();
        let subject = subject.ok_or_else(|| PluginError::msg("no such subject"))?;
        subject.made.fetch_add(1, Ordering::SeqCst);
        Ok(Self { subject, sum: AtomicU64::new(sum), restored })
    }

    fn create(cx: &Context<'_>) -> Result<Self, PluginError> {
        Self::new(cx, 0, 0)
    }

    fn save(&self) -> Result<Vec<u8>, PluginError> {
        self.subject.at("save");
        if self.subject.at("fail save") {
            return Err(PluginError::msg("told to fail"));
        }
        if self.subject.at("panic save") {
            panic!("told to panic");
        }
        let sum = self.sum.load(Ordering::SeqCst);
        Ok([sum.to_le_bytes().as_slice(), &self.restored.to_le_bytes()].concat())
    }

    fn restore(cx: &Context<'_>, state: &[u8]) -> Result<Self, PluginError> {
        let (sum, restored) = state.split_at(8);
        let sum = u64::from_le_bytes(sum.try_into()?);
        let restored = u32::from_le_bytes(restored.try_into()?) + 1;
        let one = Self::new(cx, sum, restored)?;
        one.subject.at("restore");
        if one.subject.at("fail restore") {
            return Err(PluginError::msg("told to fail"));
        }
        Ok(one)
    }
}

impl Drop for One {
    fn drop(&mut self) {
        self.subject.destroyed.fetch_add(1, Ordering::SeqCst);
    }
}

#[plugin(create = Self::create, save = Self::save, restore = Self::restore)]
impl Carry for One {
    fn add(&self, number: u64) -> u64 {
        self.sum.fetch_add(number, Ordering::SeqCst) + number
    }

    fn restored(&self) -> u32 {
        self.restored
    }

    fn run(&self) -> u64 {
        self.subject.at("run");
        self.add(100)
    }
}

#[plugin(create = Self::create, stateless)]
impl Beside for One {
    fn run(&self) {
        self.subject.at("beside");
    }
}

#[plugin(create = Self::create, save = Self::save, restore = Self::restore)]
impl Stack for One {
    fn push(&mut self, number: u64) -> u64 {
        *self.sum.get_mut() += number;
        *self.sum.get_mut()
    }

    fn panic(&mut self) {
        self.subject.at("stack");
        panic!("told to panic");
    }
}

polyplug_guest::bundle!(One: Carry + Beside + Stack, name = "carry", version = "1.0.0");
