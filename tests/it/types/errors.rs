//! Results, and the two kinds of failure: the method's own, and any other.

use fixture_types::Outcomes;
use polyplug_runtime::{CallError, PluginError};

use super::types;

#[test]
fn an_error_of_the_method_is_told_apart_from_failures_of_the_call() {
    let outcomes = types::<dyn Outcomes>();
    assert_eq!(outcomes.divide(7, 2).unwrap(), 3);
    let error = outcomes.divide(i64::MIN, -1).unwrap_err();
    assert!(matches!(&error, CallError::Method(text) if text.contains("-1")), "{error:?}");
    assert!(error.failure().is_none());
    assert!(matches!(outcomes.allow(false), Err(CallError::Method(text)) if text.is_empty()));
    assert!(outcomes.allow(true).is_ok());
}

#[test]
fn a_plugin_error_keeps_its_kind_and_message() {
    let outcomes = types::<dyn Outcomes>();
    assert_eq!(outcomes.parse("65535").unwrap(), 65535);
    let Err(CallError::Method(error)) = outcomes.parse("") else { panic!("no error") };
    assert_eq!((error.kind(), error.message()), (u16::MAX, "there is no text"));
    let Err(CallError::Method(error)) = outcomes.parse("65536") else { panic!("no error") };
    assert_eq!((error.kind(), error.message()), (0, "number too large to fit in target type"));
}

#[test]
fn results_cross_as_values() {
    let outcomes = types::<dyn Outcomes>();
    assert_eq!(outcomes.echo_result(Ok(u32::MAX)).unwrap(), u32::MAX);
    let error = outcomes.echo_result(Err("why".to_owned())).unwrap_err();
    assert!(matches!(error, CallError::Method(text) if text == "why"));
    let strings = vec![String::new(), "\0".to_owned()];
    assert_eq!(outcomes.echo_owned(Ok(strings.clone())).unwrap(), strings);
    let error = outcomes.echo_owned(Err(vec![0; 1 << 20])).map_err(|error| match error {
        CallError::Method(bytes) => bytes.len(),
        other => panic!("{}", other.failure().unwrap()),
    });
    assert_eq!(error, Err(1 << 20));
    let error = PluginError::msg("a value").with_kind(9);
    assert_eq!(outcomes.echo_error(error.clone()).unwrap(), error);
}

#[test]
fn many_arguments_arrive_in_order() {
    let outcomes = types::<dyn Outcomes>();
    let mut numbers = [0; 3];
    let joined = outcomes.join(
        255,
        "two",
        -3,
        4.5,
        "five".to_owned(),
        true,
        '7',
        &[8, 80],
        &mut numbers,
        vec!["ten".to_owned(), String::new()],
        11,
        -12.5,
    );
    assert_eq!(joined.unwrap(), r#"255 two -3 4.5 five true 7 [8, 80] ["ten", ""] 11 -12.5"#);
    assert_eq!(numbers, [7; 3]);
}

#[test]
fn a_caller_writes_one_question_mark() {
    fn half(text: &str) -> Result<i64, Box<dyn std::error::Error>> {
        let outcomes = types::<dyn Outcomes>();
        let number = outcomes.echo_result(Ok(text.len() as u32))?;
        Ok(outcomes.divide(number.into(), 2)?)
    }
    fn of_one_type(by: i64) -> Result<i64, CallError<String>> {
        let outcomes = types::<dyn Outcomes>();
        outcomes.echo_error(PluginError::msg("ignored"))?;
        outcomes.divide(10, by)
    }
    assert_eq!(half("four").unwrap(), 2);
    assert_eq!(of_one_type(5).unwrap(), 2);
    assert!(matches!(of_one_type(0), Err(CallError::Method(_))));
}

#[test]
fn a_panic_in_a_shared_method_leaves_the_instance_good() {
    let outcomes = types::<dyn Outcomes>();
    let error = outcomes.panic("ouch").unwrap_err();
    let CallError::Panicked(failure) = &error else { panic!("{error}") };
    assert_eq!((failure.message(), failure.method()), ("ouch", "panic"));
    assert_eq!((failure.bundle(), failure.contract()), ("fixture-types", "test.outcomes"));
    assert!(failure.location().contains("outcomes.rs:"), "{}", failure.location());
    assert_eq!(outcomes.divide(4, 2).unwrap(), 2);
}
