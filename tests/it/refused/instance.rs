//! Instances whose making or going has an unknown status.

use std::sync::{Arc, Mutex};

use fixture_failing_contracts::Liar;
use polyplug_runtime::{Event, LookupError, ReloadError};

use super::image::Image;
use super::stage::{Stage, text};

const UNKNOWN: &str = "the plugin returned the unknown status 7; build the plugin";

#[test]
fn an_instance_that_is_made_with_an_unknown_status_is_refused() {
    let stage = Stage::new();
    let path = Image::that_tells("made with status of seven").saved(&stage, "liar.so");
    let error = stage.refuse_reload(&path);
    assert!(matches!(error, ReloadError::Create { .. }));
    assert!(text(&error).contains(UNKNOWN), "{}", text(&error));
    stage.runtime.load(&path).unwrap();
    let error = stage.runtime.get_from::<dyn Liar>("fixture-liar@0.2.0").unwrap_err();
    assert!(matches!(error, LookupError::Create { .. }));
    assert!(text(&error).contains(UNKNOWN), "{}", text(&error));
}

#[test]
fn an_instance_that_goes_with_an_unknown_status_is_told() {
    let stage = Stage::new();
    let path = Image::that_tells("destroyed with status of seven").saved(&stage, "liar.so");
    let failures = Arc::<Mutex<Vec<String>>>::default();
    let told = Arc::clone(&failures);
    stage.runtime.on_event(move |event| {
        if let Event::InstanceFailed { error, .. } = event {
            told.lock().unwrap().push(error.to_string());
        }
    });
    stage.runtime.load(&path).unwrap();
    let proxy = stage.runtime.get_from::<dyn Liar>("fixture-liar@0.2.0").unwrap();
    assert_eq!(proxy.honest().unwrap(), 42);
    drop(proxy);
    let failures = failures.lock().unwrap();
    let [failure] = &failures[..] else { panic!("{failures:?}") };
    assert!(failure.contains(UNKNOWN), "{failure}");
}
