//! Arms that are measured by turns, and what they cost beside the first.

use std::fmt;
use std::time::Duration;

use crate::clock::{cycles_per_ns, timed};
use crate::options::Options;
use crate::statistics::Summary;

/// A floor, and what is compared with it.
pub struct Table<'a> {
    title: String,
    arms: Vec<Arm<'a>>,
    rows: Vec<Row<'a>>,
}

struct Arm<'a> {
    name: String,
    run: Box<dyn FnMut(u64) -> Duration + 'a>,
    /// How many operations make a sample.
    operations: u64,
}

struct Row<'a> {
    name: String,
    budget: Option<f64>,
    value: Box<dyn Fn(&Round<'_>) -> f64 + 'a>,
    /// The arm whose time stands beside the value.
    arm: Option<ArmId>,
}

/// Names an arm of a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ArmId(usize);

/// What one round measured.
#[derive(Clone, Copy, Debug)]
pub struct Round<'r>(&'r [f64]);

impl Round<'_> {
    /// What one operation of the arm took.
    pub fn ns(&self, arm: ArmId) -> f64 {
        self.0[arm.0]
    }
}

impl<'a> Table<'a> {
    /// The first arm.
    pub const FLOOR: ArmId = ArmId(0);

    /// A table whose floor is `run`, which does as many operations as it is told.
    pub fn new(title: impl Into<String>, floor: &str, run: impl FnMut(u64) + 'a) -> Self {
        let title = title.into();
        let mut table = Self { title, arms: Vec::new(), rows: Vec::new() };
        table.measure(floor, run);
        table
    }

    /// As [`Table::new`], with a floor that takes its own time.
    pub fn with_timed_floor(
        title: impl Into<String>,
        floor: &str,
        run: impl FnMut(u64) -> Duration + 'a,
    ) -> Self {
        let title = title.into();
        let mut table = Self { title, arms: Vec::new(), rows: Vec::new() };
        table.measure_timed(floor, run);
        table
    }

    /// An arm whose ratio to the floor is a row, beside what it may be.
    pub fn arm(&mut self, name: &str, budget: Option<f64>, run: impl FnMut(u64) + 'a) -> ArmId {
        let arm = self.measure(name, run);
        self.show(name, budget, arm)
    }

    /// As [`Table::arm`], for an arm that takes its own time.
    pub fn timed_arm(
        &mut self,
        name: &str,
        budget: Option<f64>,
        run: impl FnMut(u64) -> Duration + 'a,
    ) -> ArmId {
        let arm = self.measure_timed(name, run);
        self.show(name, budget, arm)
    }

    /// An arm without a row of its own.
    pub fn measure(&mut self, name: &str, mut run: impl FnMut(u64) + 'a) -> ArmId {
        self.measure_timed(name, move |operations| timed(|| run(operations)))
    }

    /// As [`Table::measure`], for an arm that takes its own time.
    pub fn measure_timed(&mut self, name: &str, run: impl FnMut(u64) -> Duration + 'a) -> ArmId {
        self.arms.push(Arm { name: name.to_owned(), run: Box::new(run), operations: 1 });
        ArmId(self.arms.len() - 1)
    }

    /// A row that is computed from each round.
    pub fn row(&mut self, name: &str, budget: Option<f64>, value: impl Fn(&Round<'_>) -> f64 + 'a) {
        self.rows.push(Row { name: name.to_owned(), budget, value: Box::new(value), arm: None });
    }

    fn show(&mut self, name: &str, budget: Option<f64>, arm: ArmId) -> ArmId {
        let value = Box::new(move |round: &Round<'_>| round.ns(arm) / round.ns(Self::FLOOR));
        self.rows.push(Row { name: name.to_owned(), budget, value, arm: Some(arm) });
        arm
    }

    /// Measures everything and prints the table, if it is asked for.
    pub fn run(mut self, options: Options) {
        if !options.wants(&self.title) {
            return;
        }
        for arm in &mut self.arms {
            arm.calibrate(options.sample);
        }
        let rounds: Vec<_> = (0..options.rounds).map(|number| self.round(number)).collect();
        self.print(&rounds);
    }

    /// Runs every arm once; another one begins each time.
    fn round(&mut self, number: usize) -> Vec<f64> {
        let count = self.arms.len();
        let mut times = vec![0.0; count];
        for i in 0..count {
            let at = (number + i) % count;
            times[at] = self.arms[at].sample();
        }
        times
    }

    fn print(&self, rounds: &[Vec<f64>]) {
        let of =
            |arm: ArmId| Summary::of(rounds.iter().map(|round| Round(round).ns(arm)).collect());
        let floor = of(Self::FLOOR);
        let cycles = cycles_per_ns().map(|rate| format!(", {:.1} cycles", floor.median * rate));
        println!("\n{}", self.title);
        let (name, time) = (&self.arms[0].name, Time(floor.median));
        println!("  1.00 is {name}: {time}{}", cycles.unwrap_or_default());
        let (empty, half) = ("", "middle half");
        println!(
            "  {empty:<52} {:>9} {:>8} {half:>15} {:>8} {:>7}",
            "time", "ratio", "of bests", "budget"
        );
        for row in &self.rows {
            let values = rounds.iter().map(|round| (row.value)(&Round(round)));
            let Summary { low, median: ratio, high, .. } = Summary::of(values.collect());
            let arm = row.arm.map(of);
            let time = arm.map_or_else(String::new, |arm| Time(arm.median).to_string());
            let best =
                arm.map_or_else(String::new, |arm| format!("{:.2}", arm.least / floor.least));
            let spread = format!("{low:.2}..{high:.2}");
            let verdict = Verdict { ratio, budget: row.budget };
            let name = &row.name;
            let line =
                format!("{name:<52} {time:>9} {ratio:>8.2} {spread:>15} {best:>8} {verdict}");
            println!("  {}", line.trim_end());
        }
    }
}

impl fmt::Debug for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("title", &self.title).finish_non_exhaustive()
    }
}

impl Arm<'_> {
    /// Finds out how many operations take `sample`; warms up on the way.
    fn calibrate(&mut self, sample: Duration) {
        loop {
            let took = (self.run)(self.operations);
            if took >= sample / 2 {
                let scale = sample.as_secs_f64() / took.as_secs_f64();
                self.operations = ((self.operations as f64 * scale) as u64).max(1);
                return;
            }
            self.operations *= 2;
        }
    }

    /// Nanoseconds for one operation.
    fn sample(&mut self) -> f64 {
        (self.run)(self.operations).as_nanos() as f64 / self.operations as f64
    }
}

/// The budget, and whether it was kept.
struct Verdict {
    ratio: f64,
    budget: Option<f64>,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.budget {
            None => Ok(()),
            Some(budget) if self.ratio <= budget => write!(f, "{budget:>7.2}  within"),
            Some(budget) => write!(f, "{budget:>7.2}  missed by {:.2} x", self.ratio / budget),
        }
    }
}

/// Nanoseconds, in a unit that is easy to read.
struct Time(f64);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (value, unit) = match self.0 {
            ns if ns < 1e3 => (ns, "ns"),
            ns if ns < 1e6 => (ns / 1e3, "us"),
            ns => (ns / 1e6, "ms"),
        };
        f.pad(&format!("{value:.2} {unit}"))
    }
}
