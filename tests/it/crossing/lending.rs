//! What is lent for a call is read and written in place.

use fixture_crossing::{Crossing, Lending, LendingProxy, Level, Point, Query, Scope};
use polyplug_runtime::CallError;

use super::RUNTIME;

fn all() -> Vec<LendingProxy> {
    let proxies = RUNTIME.with(|runtime| runtime.get_all::<dyn Lending>().unwrap());
    assert_eq!(proxies.len(), 3);
    proxies
}

fn points() -> Vec<Point> {
    (0..5).map(|i| Point { layer: i, place: [i.into(), 7, -3], id: u64::MAX }).collect()
}

#[test]
fn structs_that_borrow_are_read() {
    let near = points();
    let scopes = [
        (Scope::All, "All"),
        (Scope::Named("ß"), "Named(ß)"),
        (Scope::Mixed { prefix: "", level: Level::High }, "Mixed(, High)"),
    ];
    for proxy in all() {
        for (scope, written) in scopes {
            let query =
                Query { text: "t", ids: &[1, 65535], near: &near[..2], limit: Some(9), scope };
            assert_eq!(proxy.describe(query).unwrap(), format!("t [1,65535] [7,7] 9 {written}"));
            let query = Query { text: "", ids: &[], near: &[], limit: None, scope };
            assert_eq!(proxy.describe(query).unwrap(), format!(" [] [] none {written}"));
        }
    }
}

#[test]
fn slices_of_structs_are_lent() {
    for proxy in all() {
        assert_eq!(proxy.total(&points()).unwrap(), 10);
        assert_eq!(proxy.total(&[]).unwrap(), 0);
        let mut shifted = points();
        proxy.shift(&mut shifted, [1, 0, -1]).unwrap();
        let expected = points().into_iter().map(|Point { layer, place: [x, y, z], id }| Point {
            layer: layer + 1,
            place: [x + 1, y, z - 1],
            id,
        });
        assert_eq!(shifted, expected.collect::<Vec<_>>());
        let mut rows = [[1, 2], [3, 4]];
        assert_eq!(proxy.rows(&mut rows).unwrap(), 2);
        assert_eq!(rows, [[2, 1], [4, 3]]);
    }
}

#[test]
fn a_struct_is_written_whole_or_not_at_all() {
    let mut unchanged = points();
    let lua = all().into_iter().find(|proxy| proxy.bundle_name() == "crossing").unwrap();
    let Err(CallError::Plugin(failure)) = lua.spoil(&mut unchanged) else { panic!("no error") };
    assert!(failure.message().contains("an element of this view is a Point"), "{failure}");
    assert_eq!(unchanged, points());
}

#[test]
fn a_gigabyte_is_lent_without_a_copy() {
    // Pages that nobody touches cost nothing, so a copy would be seen.
    let bytes = vec![0; 1 << 30];
    for native in all().into_iter().filter(|proxy| proxy.bundle_name() != "crossing") {
        assert_eq!(native.address(&bytes).unwrap(), (bytes.as_ptr() as u64, 1 << 30));
    }
}

#[test]
#[ignore = "takes a gigabyte of memory"]
fn a_quarter_of_a_gigabyte_crosses_as_a_text() {
    let text = "x".repeat(256 << 20);
    let proxies = RUNTIME.with(|runtime| runtime.get_all::<dyn Crossing>().unwrap());
    for proxy in proxies {
        assert!(proxy.text(text.clone()).unwrap() == text, "{}", proxy.bundle_name());
    }
}
