//! Says how often the most frequent words occur.
#![forbid(unsafe_code)]

use std::collections::HashMap;

use polyplug_guest::{Context, PluginError, bundle, plugin};
use text_contract::Transform;

/// The most frequent words of a text.
pub struct WordCount {
    most: usize,
}

impl WordCount {
    /// Shows five words.
    pub const DEFAULT: Self = Self { most: 5 };

    fn create(cx: &Context<'_>) -> Result<Self, PluginError> {
        match cx.config().text()? {
            "" => Ok(Self::DEFAULT),
            most => Ok(Self { most: most.parse()? }),
        }
    }
}

#[plugin(create = WordCount::create, stateless)]
impl Transform for WordCount {
    fn transform(&self, input: &str) -> String {
        let mut counts = HashMap::<String, usize>::new();
        for word in input.split(|letter: char| !letter.is_alphanumeric()) {
            if word.len() > 3 {
                *counts.entry(word.to_lowercase()).or_default() += 1;
            }
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let lines = counts.iter().take(self.most).map(|(word, count)| format!("{word}: {count}"));
        lines.collect::<Vec<_>>().join("\n")
    }
}

bundle!(WordCount);
