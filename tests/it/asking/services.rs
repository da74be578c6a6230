//! Services of the host.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use fixture_plug_contract::{Notes, old, other};
use polyplug_runtime::{CallError, LookupError, PluginError, ProvideError, Runtime};

use super::both;

/// Keeps what it is told.
#[derive(Default)]
struct Book {
    notes: Mutex<Vec<String>>,
}

impl Book {
    fn take(&self, text: &str) -> Result<u32, String> {
        if text.is_empty() {
            return Err("nothing to note".to_owned());
        }
        let mut notes = self.notes.lock().unwrap();
        notes.push(text.to_owned());
        Ok(notes.len() as u32)
    }
}

impl Notes for Book {
    fn note(&self, text: &str) -> Result<u32, String> {
        self.take(text)
    }

    fn panic(&self, message: &str) -> u32 {
        panic!("{message}");
    }

    fn later(&self) -> u32 {
        11
    }
}

impl old::Notes for Book {
    fn note(&self, text: &str) -> Result<u32, String> {
        self.take(text)
    }

    fn panic(&self, message: &str) -> u32 {
        panic!("{message}");
    }
}

impl other::Notes for Book {
    fn note(&self, _: &str) {}
}

/// What a call says that failed inside of the plugin.
fn told<T: std::fmt::Debug>(result: Result<T, CallError<PluginError>>) -> String {
    match result.unwrap_err() {
        CallError::Method(error) => error.message().to_owned(),
        other => panic!("{other}"),
    }
}

#[test]
fn plugins_call_a_service_from_any_thread() {
    both(|world| {
        world.load_both();
        let book = Arc::new(Book::default());
        let service = world.runtime.provide::<dyn Notes>(book.clone()).unwrap();
        let asker = world.asker("late");
        assert_eq!(asker.note("one").unwrap(), 1);
        assert_eq!(asker.note_on_a_thread("two").unwrap(), 2);
        let askers: Vec<_> = (0..4).map(|_| asker.clone()).collect();
        thread::scope(|scope| {
            for asker in &askers {
                scope.spawn(|| (0..50).for_each(|_| assert!(asker.note("more").is_ok())));
            }
        });
        assert_eq!(service.proxy().unwrap().note("the host").unwrap(), 203);
        assert_eq!(book.notes.lock().unwrap()[..2], ["one", "two"]);
        assert_eq!(told(asker.note("")), "nothing to note");
        assert_eq!(asker.note_later(1).unwrap(), 11);
    });
}

#[test]
fn services_and_plugins_do_not_see_each_other() {
    both(|world| {
        world.load_both();
        let _service = world.runtime.provide::<dyn Notes>(Arc::new(Book::default())).unwrap();
        assert!(matches!(world.runtime.get::<dyn Notes>(), Err(LookupError::NotFound { .. })));
        assert_eq!(world.runtime.registry().count(), 3);
    });
    both(|world| {
        world.load_both();
        let told = told(world.asker("late").note("x"));
        assert!(told.contains("the host provides no service `plug.notes@1.1`"), "{told}");
        assert!(told.contains("it provides: none"), "{told}");
    });
}

#[test]
fn a_panic_in_a_service_is_an_error_in_the_plugin_and_nothing_is_poisoned() {
    both(|world| {
        world.load_both();
        let _service = world.runtime.provide::<dyn Notes>(Arc::new(Book::default())).unwrap();
        let asker = world.asker("late");
        let told = told(asker.note_panic());
        assert!(told.contains("host: plug.notes.panic"), "{told}");
        assert!(told.contains("panicked") && told.contains("the service fails"), "{told}");
        assert_eq!(asker.note("still there").unwrap(), 1);
    });
}

#[test]
fn versions_are_negotiated() {
    both(|world| {
        world.load_both();
        let asker = world.asker("late");
        let book = || Arc::new(Book::default());
        let service = world.runtime.provide::<dyn old::Notes>(book()).unwrap();
        assert_eq!(asker.note("an older host").unwrap(), 1);
        let told_by = told(asker.note_later(0));
        assert!(told_by.contains("the provider is older than the method"), "{told_by}");
        let refused = told(asker.note_later(1));
        assert!(refused.contains("no service `plug.notes@1.1`"), "{refused}");
        assert!(refused.contains("`plug.notes@1.0`"), "it says what there is: {refused}");
        service.withdraw();

        let _other = world.runtime.provide::<dyn other::Notes>(book()).unwrap();
        let refused = told(asker.note("x"));
        for part in [
            "`host` implements another form of contract `plug.notes`",
            "`asker` has `fn note(&self, text: &str) -> Result<u32, String>`",
            "`host` has `fn note(&self, text: &str)`",
        ] {
            assert!(refused.contains(part), "{refused}");
        }
    });
}

#[test]
fn after_a_withdrawal_calls_say_so_and_the_implementation_is_gone() {
    both(|world| {
        world.load_both();
        let book = Arc::new(Book::default());
        let service = world.runtime.provide::<dyn Notes>(book.clone()).unwrap();
        let proxy = service.proxy().unwrap();
        let asker = world.asker("late");
        asker.note("x").unwrap();
        proxy.note("y").unwrap();
        service.withdraw();
        let error = proxy.note("z").unwrap_err();
        let CallError::Unloaded(failure) = &error else { panic!("{error}") };
        assert_eq!((failure.bundle(), failure.message()), ("host", "the service was withdrawn"));
        assert!(told(asker.note("z")).contains("provides no service"));
        assert_eq!(Arc::strong_count(&book), 1);
        // Another one may take its place; what was withdrawn never revives.
        let _again = world.runtime.provide::<dyn Notes>(Arc::new(Book::default())).unwrap();
        assert_eq!(asker.note("again").unwrap(), 1);
        assert!(matches!(proxy.note("z"), Err(CallError::Unloaded(_))));
    });
}

#[test]
fn a_contract_is_provided_once() {
    let runtime = Runtime::builder().build().unwrap();
    let book = Arc::new(Book::default());
    let service = runtime.provide::<dyn Notes>(book.clone()).unwrap();
    let error = runtime.provide::<dyn old::Notes>(book.clone()).unwrap_err();
    assert!(matches!(error, ProvideError::AlreadyProvided { .. }), "{error}");
    assert_eq!(Arc::strong_count(&book), 2, "what was refused is gone");
    drop(service);
    runtime.provide::<dyn Notes>(book.clone()).unwrap_err();
    drop(runtime);
    assert_eq!(Arc::strong_count(&book), 1);
}

#[test]
fn each_bundle_may_have_an_implementation_of_its_own() {
    static MADE: AtomicU32 = AtomicU32::new(0);
    both(|world| {
        world.load_both();
        MADE.store(0, Ordering::Relaxed);
        let books = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&books);
        let service = world
            .runtime
            .provide_each::<dyn Notes>(move |bundle| {
                MADE.fetch_add(1, Ordering::Relaxed);
                let book = Arc::new(Book::default());
                kept.lock().unwrap().push((bundle.name().to_owned(), book.clone()));
                book
            })
            .unwrap();
        assert!(matches!(service.proxy(), Err(LookupError::OnlyForBundles { .. })));
        assert_eq!(world.asker("late").note("x").unwrap(), 1);
        assert_eq!(world.asker("late").note("y").unwrap(), 2);
        world.runtime.reload("asker").unwrap();
        assert_eq!(world.asker("late").note("z").unwrap(), 3, "kept over reloads");
        assert_eq!(MADE.load(Ordering::Relaxed), 1);
        world.runtime.unload("asker").unwrap();
        let (bundle, book) = books.lock().unwrap().pop().unwrap();
        assert_eq!(bundle, "asker");
        assert_eq!(Arc::strong_count(&book), 1, "it went with the bundle");
    });
}

#[test]
fn what_makes_an_implementation_for_a_bundle_may_panic() {
    both(|world| {
        world.load_both();
        let _service = world
            .runtime
            .provide_each::<dyn Notes>(|bundle| panic!("nothing for {}", bundle.name()))
            .unwrap();
        let told = told(world.asker("late").note("x"));
        assert!(told.contains("nothing for asker"), "{told}");
    });
}
