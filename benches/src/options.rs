//! What a run was asked to be.

use std::env;
use std::time::Duration;

/// How long a bench measures.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How many rounds a table runs.
    pub rounds: usize,
    /// How long one arm runs in one round, at least.
    pub sample: Duration,
    /// Whether this is a smoke test, whose figures mean nothing.
    pub quick: bool,
}

impl Options {
    /// What the command line asks for. `--quick`, or `POLYPLUG_BENCHES_QUICK=1`,
    /// only tries everything out; so does a run that `cargo bench` did not start,
    /// such as that of `cargo test --benches`.
    pub fn from_env() -> Self {
        let asked = |option: &str| env::args().any(|argument| argument == option);
        let by_variable = env::var_os("POLYPLUG_BENCHES_QUICK").is_some_and(|value| value == "1");
        let quick = asked("--quick") || by_variable || !asked("--bench");
        if quick {
            return Self { rounds: 3, sample: Duration::from_micros(50), quick };
        }
        Self { rounds: 301, sample: Duration::from_millis(1), quick }
    }

    /// Whether the table `title` is asked for: any argument that is no option is
    /// a part of the titles that are.
    pub fn wants(&self, title: &str) -> bool {
        let mut parts =
            env::args().skip(1).filter(|argument| !argument.starts_with('-')).peekable();
        parts.peek().is_none() || parts.any(|part| title.contains(&part))
    }

    /// As many rounds as are worth it when one operation takes long.
    #[must_use]
    pub fn slow(self) -> Self {
        if self.quick {
            return self;
        }
        Self { rounds: 101, sample: Duration::from_millis(4), ..self }
    }

    /// Prints what the figures below depend on.
    pub fn announce(&self, bench: &str) {
        let aligned = match env!("POLYPLUG_BENCHES_ALIGNED") {
            "true" => "aligned code",
            _ => {
                "code NOT aligned (benches/run aligns it): arms below 5 ns are off by a cycle or two"
            }
        };
        println!("{bench}: {aligned}, medians over {} rounds", self.rounds);
        if self.quick {
            println!("a quick run: that everything works, no more; the figures mean nothing");
        }
    }
}
