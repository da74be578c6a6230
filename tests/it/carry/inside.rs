//! What is asked for in the middle of a call, of `save` or of `restore`.

use polyplug_runtime::Unloaded;

use super::*;

#[test]
fn a_thread_of_the_bundle_waits_while_an_instance_is_in_the_middle_of_save() {
    let (runtime, subject) = (runtime(), Subject::new());
    let carry = runtime.get_with::<dyn Carry>(subject.config()).unwrap();
    let beside = runtime.get_with::<dyn Beside>(subject.config()).unwrap();
    let (saving, save_reached, save_go) = stop();
    subject.hook("save", saving);
    let (hook, beside_reached, beside_go) = stop();
    let through = carry.clone();
    subject.hook("beside", move || {
        hook();
        through.add(7).unwrap();
    });
    thread::scope(|scope| {
        let inside = scope.spawn(|| beside.run().unwrap());
        beside_reached();
        let reload = scope.spawn(|| runtime.reload("carry").map(drop));
        save_reached();
        beside_go();
        thread::sleep(Duration::from_millis(100));
        assert!(!inside.is_finished(), "`save` has the instance for itself");
        save_go();
        inside.join().unwrap();
        reload.join().unwrap().unwrap();
    });
    assert_eq!((carry.add(0).unwrap(), carry.restored().unwrap()), (7, 1));
    subject.forget_hooks();
}

#[test]
fn a_reload_gives_up_when_instances_are_made_faster_than_they_are_prepared() {
    let (runtime, subject) = (runtime(), Subject::new());
    let carry = runtime.get_with::<dyn Carry>(subject.config()).unwrap();
    carry.add(3).unwrap();
    let kept = Arc::new(Mutex::new(Vec::new()));
    let (more, again, config) = (Arc::clone(&kept), runtime.clone(), subject.config());
    subject.hook("restore", move || {
        let one = again.get_with::<dyn Carry>(config.as_str()).unwrap();
        more.lock().unwrap().push(one);
    });
    match runtime.reload("carry") {
        Err(ReloadError::Busy { holders, .. }) => {
            assert!(holders.contains("faster than they can be prepared"), "{holders}");
        }
        other => panic!("{other:?}"),
    }
    subject.forget_hooks();
    let made = kept.lock().unwrap().len();
    assert_eq!((carry.add(0).unwrap(), carry.restored().unwrap()), (3, 0));
    assert_eq!(subject.alive() as usize, 1 + made, "what was restored is gone");
    runtime.reload("carry").unwrap();
    assert_eq!((carry.add(0).unwrap(), carry.restored().unwrap()), (3, 1));
    assert_eq!(subject.alive() as usize, 1 + made);
}

#[test]
fn a_pinned_call_may_unload_its_own_bundle_while_another_thread_reloads_it() {
    let (runtime, subject) = (runtime_with(Duration::from_secs(5)), Subject::new());
    let carry = runtime.get_with::<dyn Carry>(subject.config()).unwrap();
    let pinned = carry.pin().unwrap();
    let (again, (told, outcome)) = (runtime.clone(), channel());
    let (hook, reached, go) = stop();
    subject.hook("run", move || {
        hook();
        let _ = told.send(again.unload("carry"));
    });
    thread::scope(|scope| {
        let running = scope.spawn(|| pinned.run().unwrap());
        reached();
        // Holds the bundle's turn, and waits for the pin.
        let reload = scope.spawn(|| runtime.reload("carry").map(drop));
        thread::sleep(Duration::from_millis(100));
        go();
        let told = outcome.recv_timeout(Duration::from_secs(2)).expect("it does not wait");
        assert!(matches!(told, Err(polyplug_runtime::UnloadError::Busy { .. })), "{told:?}");
        assert_eq!(running.join().unwrap(), 100);
        let given_up = reload.join().unwrap();
        assert!(matches!(given_up, Err(ReloadError::Busy { .. })), "{given_up:?}");
    });
    subject.forget_hooks();
    drop(pinned);
    runtime.reload("carry").unwrap();
    assert_eq!(carry.add(0).unwrap(), 100);
}

#[test]
fn a_call_may_unload_its_own_bundle_and_goes_on_to_its_end() {
    let (runtime, subject) = (runtime(), Subject::new());
    let carry = runtime.get_with::<dyn Carry>(subject.config()).unwrap();
    let (again, alive) = (runtime.clone(), Arc::clone(&subject));
    subject.hook("run", move || {
        let Ok(Unloaded::Pending { holders }) = again.unload("carry") else { panic!() };
        assert_eq!((holders, alive.alive()), (vec!["test.carry".to_owned()], 1));
    });
    assert_eq!(carry.run().unwrap(), 100);
    assert_eq!(subject.alive(), 0, "the call that left last has destroyed it");
    assert!(matches!(carry.run(), Err(CallError::Unloaded(_))));
    subject.forget_hooks();
}
