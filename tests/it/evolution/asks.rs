//! Hosts of all versions, which call whatever their version has.

use std::fmt;

use fixture_growing::{v0_1, v0_2, v1_0, v1_1, v1_2, v2_0};
use polyplug_runtime::{CallError, LookupError, Runtime, RuntimeBuilder};

/// A host of one version.
pub(super) struct Host {
    pub(super) version: &'static str,
    /// Makes the contract known.
    pub(super) knows: fn(RuntimeBuilder) -> RuntimeBuilder,
    /// Calls all methods of the first provider.
    pub(super) asks: fn(&Runtime) -> Result<Answers, LookupError>,
}

/// Which methods answered, and how.
pub(super) struct Answers {
    /// What the plugin says of itself.
    pub(super) version: String,
    groups: Vec<(&'static str, Vec<&'static str>)>,
}

/// Whose code answered.
#[derive(Clone, Copy)]
enum By {
    Plugin,
    Default,
}

pub(super) const HOSTS: [Host; 6] = [
    Host {
        version: "0.1",
        knows: |builder| builder.contract::<dyn v0_1::Growing>(),
        asks: ask_0_1,
    },
    Host {
        version: "0.2",
        knows: |builder| builder.contract::<dyn v0_2::Growing>(),
        asks: ask_0_2,
    },
    Host {
        version: "1.0",
        knows: |builder| builder.contract::<dyn v1_0::Growing>(),
        asks: ask_1_0,
    },
    Host {
        version: "1.1",
        knows: |builder| builder.contract::<dyn v1_1::Growing>(),
        asks: ask_1_1,
    },
    Host {
        version: "1.2",
        knows: |builder| builder.contract::<dyn v1_2::Growing>(),
        asks: ask_1_2,
    },
    Host {
        version: "2.0",
        knows: |builder| builder.contract::<dyn v2_0::Growing>(),
        asks: ask_2_0,
    },
];

fn ask_0_1(runtime: &Runtime) -> Result<Answers, LookupError> {
    let growing = runtime.get::<dyn v0_1::Growing>()?;
    let mut answers = Answers::of(format!("0.{}", growing.version().unwrap()));
    answers.note("add", growing.add(2, 3), |sum| plugin(sum == 5));
    Ok(answers)
}

fn ask_0_2(runtime: &Runtime) -> Result<Answers, LookupError> {
    let growing = runtime.get::<dyn v0_2::Growing>()?;
    let mut answers = Answers::of(growing.version().unwrap());
    answers.note("add", growing.add(2, 300), |sum| plugin(sum == 302));
    Ok(answers)
}

fn ask_1_0(runtime: &Runtime) -> Result<Answers, LookupError> {
    let growing = runtime.get::<dyn v1_0::Growing>()?;
    let mut answers = Answers::of(growing.version().unwrap());
    answers.note("add", growing.add(2, 3), |sum| plugin(sum == 5));
    Ok(answers)
}

fn ask_1_1(runtime: &Runtime) -> Result<Answers, LookupError> {
    let growing = runtime.get::<dyn v1_1::Growing>()?;
    let mut answers = Answers::of(growing.version().unwrap());
    answers.note("add", growing.add(2, 3), |sum| plugin(sum == 5));
    answers.note("subtract", growing.subtract(3, 2), |rest| plugin(rest == 1));
    Ok(answers)
}

fn ask_1_2(runtime: &Runtime) -> Result<Answers, LookupError> {
    let growing = runtime.get::<dyn v1_2::Growing>()?;
    let mut answers = Answers::of(growing.version().unwrap());
    answers.note("add", growing.add(2, 3), |sum| plugin(sum == 5));
    answers.note("subtract", growing.subtract(3, 2), |rest| plugin(rest == 1));
    answers.note("double", growing.double(4), |text| match &*text {
        "8 by the plugin" => By::Plugin,
        "8 by default" => By::Default,
        other => panic!("{other}"),
    });
    Ok(answers)
}

fn ask_2_0(runtime: &Runtime) -> Result<Answers, LookupError> {
    let growing = runtime.get::<dyn v2_0::Growing>()?;
    let mut answers = Answers::of(growing.version().unwrap());
    answers.note("add", growing.add(2, 1 << 40), |sum| plugin(sum == (1 << 40) + 2));
    let Err(CallError::Method(why)) = growing.subtract(2, 3) else { panic!("3 is more than 2") };
    assert_eq!(why, "3 is more than 2");
    answers.note("subtract", growing.subtract(3, 2), |rest| plugin(rest == 1));
    Ok(answers)
}

/// Only the plugin can have answered, and rightly so.
#[track_caller]
fn plugin(is_right: bool) -> By {
    assert!(is_right, "the answer is wrong");
    By::Plugin
}

impl Answers {
    fn of(version: String) -> Self {
        Self { version, groups: vec![("", vec!["version"])] }
    }

    /// Adds a method to those that answered alike.
    #[track_caller]
    fn note<T, E: fmt::Debug>(
        &mut self,
        method: &'static str,
        answer: Result<T, CallError<E>>,
        by: impl FnOnce(T) -> By,
    ) {
        let how = match answer.map(by) {
            Ok(By::Plugin) => "",
            Ok(By::Default) => "default: ",
            Err(CallError::Unavailable(failure)) => {
                assert_eq!((failure.bundle(), failure.method()), ("growing", method));
                "unavailable: "
            }
            Err(error) => panic!("{method}: {error:?}"),
        };
        match self.groups.iter_mut().find(|(group, _)| *group == how) {
            Some((_, methods)) => methods.push(method),
            None => self.groups.push((how, vec![method])),
        }
    }
}

impl fmt::Display for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let group = |(how, methods): &(&str, Vec<&str>)| {
            let methods: Vec<_> = methods.iter().map(|method| format!("`{method}`")).collect();
            format!("{how}{}", methods.join(", "))
        };
        f.write_str(&self.groups.iter().map(group).collect::<Vec<_>>().join("; "))
    }
}
