//! What a bundle asks of its host, with a lie in one field.

use fixture_failing_contracts::{Liar, LiarProxy};
use polyplug_runtime::Unloaded;
use tracing::Level;

use crate::logging::Kept;
use crate::support::{library, runtime};

/// Tells lies, after which the bundle goes on, and goes as a whole.
fn with_liar(tell: impl FnOnce(&LiarProxy)) {
    let runtime = runtime();
    runtime.load(library("fixture-liar")).unwrap();
    let liar = runtime.get::<dyn Liar>().unwrap();
    tell(&liar);
    assert_eq!(liar.honest().unwrap(), 42);
    assert_eq!(runtime.unload("fixture-liar").unwrap(), Unloaded::Reclaimed);
}

/// That each lie is answered with these words, behind `head`.
fn answers(head: &str, table: &[(&str, &str)]) {
    with_liar(|liar| {
        let mut wrong = Vec::new();
        for (lie, answer) in table {
            let said = liar.ask(lie).unwrap();
            if said.strip_prefix(head) != Some(*answer) {
                wrong.push(format!("{lie}: {said}"));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    });
}

const REFUSED: &str = "the request is not as the ABI says: ";

#[test]
fn requests_that_lie_are_refused() {
    let table = "the request for a proxy is null, misaligned or too small; build the plugin with \
                 the host's version of polyplug-guest";
    let length = "a length is larger than any allocation; build the bundle again";
    answers(
        REFUSED,
        &[
            ("null request", table),
            ("small request", table),
            ("unknown provider", "an unknown kind of provider; build the bundle again"),
            ("garbled bundle", "a text is not UTF-8; build the bundle again"),
            ("null bundle", "a pointer is null; build the bundle again"),
            ("endless config", length),
            ("null config", "a pointer is null; build the bundle again"),
        ],
    );
    let undeclared = "bundle `fixture-liar` did not declare that it needs `test.liar@1`; add it: ";
    with_liar(|liar| assert!(liar.ask("undeclared").unwrap().starts_with(undeclared)));
}

#[test]
fn clients_that_lie_are_refused() {
    let small = "is null, misaligned or too small; build the plugin with the host's version of \
                 polyplug-guest";
    let client = "the client of contract `test.liar`";
    let null = |what| format!("{client} has {what} null; build the caller again");
    let contradicts = format!(
        "{client} contradicts its schema in the fingerprint of a method; build the caller again"
    );
    answers(
        REFUSED,
        &[
            ("null client", &format!("the client of a contract {small}")),
            ("small client", &format!("the client of a contract {small}")),
            ("client without schema", &format!("the schema {small}")),
            ("client without fingerprints", &null("`method_fingerprints`")),
            ("client with wrong fingerprints", &contradicts),
            ("client without thunks", &null("a function in `vm_thunks`")),
            ("client with a null thunk", &null("a function in `vm_thunks`")),
            ("client with a null absent", &null("a function in `absent`")),
            ("client with a null forward", &null("a function in `forwards`")),
        ],
    );
}

#[test]
fn what_is_handed_over_is_checked() {
    let table = "no table describes the local instance; build the bundle again";
    let nulls = "the local instance has null functions; build the bundle again";
    answers(
        REFUSED,
        &[
            ("null local", table),
            ("small local", table),
            ("local without functions", nulls),
            ("local with a null function", nulls),
            (
                "local without destroy",
                "the local instance has no `destroy`; build the bundle again",
            ),
        ],
    );
    answers(
        "",
        &[
            (
                "rebound without client",
                "the client of a contract is null, misaligned or too small; build the plugin \
                 with the host's version of polyplug-guest",
            ),
            (
                "rebound to another contract",
                "the receiver knows other methods of `test.liar` than the provider in \
                 `fixture-liar`; build both with the same version of the contract",
            ),
            ("honest local", "a proxy"),
        ],
    );
}

#[test]
fn records_that_lie_are_dropped() {
    with_liar(|liar| {
        let kept = Kept::of("fixture-liar", Level::TRACE).during(|| {
            for lie in [
                "null record",
                "small record",
                "unknown level",
                "garbled target",
                "garbled message",
                "garbled file",
                "endless message",
                "null message",
                "honest record",
            ] {
                assert_eq!(liar.ask(lie).unwrap(), "told", "{lie}");
            }
        });
        assert_eq!(kept, ["ERROR: told by a liar"]);
        assert_eq!(liar.ask("asks for level 9").unwrap(), "enabled: 0");
    });
}
