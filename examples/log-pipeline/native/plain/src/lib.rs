//! Reads lines such as `2026-11-20T10:00:00Z WARN db: the disk is nearly full`.
#![forbid(unsafe_code)]

use log_contracts::{Level, Parser};
use polyplug_guest::{bundle, plugin};

/// The parser.
#[derive(Default)]
pub struct Plain;

#[plugin]
impl Parser for Plain {
    fn parse(&self, line: &str) -> Result<[String; 4], String> {
        let (time, rest) = line.split_once(' ').ok_or("there is one word alone")?;
        if !time.starts_with(|first: char| first.is_ascii_digit()) {
            return Err("there is no time in front".to_owned());
        }
        let (level, rest) = rest.trim_start().split_once(' ').ok_or("there is no level")?;
        let level = Level::of(level).ok_or_else(|| format!("`{level}` is no level"))?;
        let (source, message) = rest.trim_start().split_once(": ").ok_or("there is no source")?;
        Ok([time, level.name(), source, message].map(str::to_owned))
    }
}

bundle!(Plain, name = "plain");
