//! Proxies that go inside a call, and on threads of a plugin's own.

use std::sync::Mutex;

use fixture_plug_contract::Word;
use polyplug_guest::plugin;
use polyplug_runtime::CallError;

use super::*;

static MADE: AtomicU32 = AtomicU32::new(0);
static ALIVE: AtomicU32 = AtomicU32::new(0);

/// Counts its instances, in one test alone.
struct Counted;

impl Default for Counted {
    fn default() -> Self {
        MADE.fetch_add(1, Ordering::SeqCst);
        ALIVE.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Ordering::SeqCst);
    }
}

#[plugin(stateless)]
impl Word for Counted {
    fn word(&self) -> String {
        "word".to_owned()
    }

    fn wait(&self, _: &str, _: &str) -> String {
        self.word()
    }

    fn panic(&self) {
        panic!("the word fails");
    }
}

polyplug_guest::bundle!(Counted, name = "counted", version = "1.0.0");

#[test]
fn the_last_proxy_of_an_instance_goes_inside_a_call_and_its_destructor_calls_back() {
    let runtime = Place::new().runtime();
    runtime.load_static(&spot::BUNDLE).unwrap();
    let acts = Acts::new();
    let running = runtime.get_with::<dyn Spot>(acts.config()).unwrap();
    let other = Mutex::new(Some(runtime.get_with::<dyn Spot>(acts.config()).unwrap()));
    let (back, again, alive) = (running.clone(), runtime.clone(), Arc::clone(&acts));
    let (tell, told) = channel();
    acts.set("drop", move || {
        tell.send((back.run().is_ok(), again.reload("spot").is_ok())).unwrap()
    });
    acts.set("run", move || {
        drop(other.lock().unwrap().take());
        assert_eq!(alive.alive(), 2, "the reload in the destructor made one, which stays, too");
    });
    running.run().unwrap();
    assert_eq!(told.recv_timeout(PATIENCE).unwrap(), (true, true));
    assert_eq!(acts.alive(), 1, "the version in which the call began is gone");
    acts.forget();
    drop(running);
    assert_eq!(acts.alive(), 0);
}

#[test]
fn the_last_proxy_of_an_instance_goes_inside_its_own_call() {
    let runtime = Place::new().runtime();
    runtime.load_static(&spot::BUNDLE).unwrap();
    let acts = Acts::new();
    let spot = runtime.get_with::<dyn Spot>(acts.config()).unwrap();
    let (clone, alive, same) = (Mutex::new(Some(spot.clone())), Arc::clone(&acts), runtime.clone());
    acts.set("run", move || {
        let clone = clone.lock().unwrap().take().unwrap();
        same.unload("spot").unwrap();
        assert!(matches!(clone.run(), Err(CallError::Unloaded(_))));
        drop(clone);
        assert_eq!(alive.alive(), 1);
    });
    spot.run().unwrap();
    assert_eq!(acts.alive(), 0);
    drop(runtime);
    drop(spot);
    assert_eq!(acts.alive(), 0);
}

#[test]
fn a_proxy_may_go_on_a_thread_of_a_plugin_and_while_that_ends_beside_reloads() {
    let place = Place::new();
    let runtime = place.runtime();
    runtime.load_static(&BUNDLE).unwrap();
    runtime.load(library("fixture-asker")).unwrap();
    let asker = runtime.get_with::<dyn Asker>("late").unwrap();
    // On a thread that ends, because what spawns uses thread-locals of the plugin's.
    thread::scope(|scope| {
        let asking = scope.spawn(|| {
            for _ in 0..100 {
                assert_eq!(asker.anew_on_a_thread().unwrap(), "word");
                assert_eq!(asker.anew_in_a_thread_local().unwrap(), "word, word");
            }
        });
        while !asking.is_finished() {
            runtime.reload("counted").unwrap();
            runtime.reload("asker").unwrap();
        }
        asking.join().unwrap();
    });
    assert!(MADE.load(Ordering::SeqCst) >= 200);
    assert_eq!(ALIVE.load(Ordering::SeqCst), 0, "each went with its proxy");
    assert_eq!(runtime.unload("asker").unwrap(), Unloaded::Reclaimed);
    wait_until(|| place.copies().is_empty());
}
