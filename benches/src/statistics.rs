//! Medians.

/// The least and the middle of some values, and where the middle half of them lies.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Summary {
    pub(crate) least: f64,
    pub(crate) low: f64,
    pub(crate) median: f64,
    pub(crate) high: f64,
}

impl Summary {
    /// Of at least one value.
    pub(crate) fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let last = values.len() - 1;
        Self {
            least: values[0],
            low: values[last / 4],
            median: values[last / 2],
            high: values[last - last / 4],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outlier_moves_nothing() {
        let quiet = Summary::of(vec![2.0, 1.0, 3.0, 5.0, 4.0]);
        assert_eq!(quiet, Summary { least: 1.0, low: 2.0, median: 3.0, high: 4.0 });
        assert_eq!(Summary::of(vec![2.0, 1.0, 3.0, 5000.0, 4.0]), quiet);
    }

    #[test]
    fn one_value_is_its_own_median() {
        assert_eq!(
            Summary::of(vec![7.0]),
            Summary { least: 7.0, low: 7.0, median: 7.0, high: 7.0 }
        );
    }
}
