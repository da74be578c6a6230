//! The README: the files that it shows, the command that it names, and what that prints.
//!
//! With `UPDATE_README=1` the blocks are written anew, for a look at the difference.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Runs the program in the root of the repository.
fn run(arguments: &[&str], input: Stdio) -> (String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_log-pipeline"))
        .args(arguments)
        .current_dir(example().join("../.."))
        .stdin(input)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}

/// What the command of the README prints.
fn printed(readme: &str) -> String {
    let command = readme.lines().find(|line| line.starts_with("cargo run")).unwrap();
    let arguments: Vec<_> = command.split_once(" -- ").unwrap().1.split_whitespace().collect();
    let (output, errors) = run(&arguments, Stdio::null());
    assert_eq!(errors, "");
    output
}

/// Puts `content` into the block that follows `heading`.
fn with_block(readme: &str, heading: &str, content: &str) -> String {
    let (before, rest) = readme.split_once(heading).unwrap_or_else(|| panic!("no {heading}"));
    let (opening, rest) = rest.split_once("```").unwrap();
    let (language, rest) = rest.split_once('\n').unwrap();
    let (_, after) = rest.split_once("```").unwrap();
    format!("{before}{heading}{opening}```{language}\n{content}```{after}")
}

#[test]
fn the_readme_shows_what_is_there() {
    let path = example().join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let mut expected = with_block(&readme, "\nIt prints:\n", &printed(&readme));
    for file in readme.lines().filter_map(|line| line.strip_prefix("**`")?.strip_suffix("`**")) {
        let content = fs::read_to_string(example().join(file)).unwrap();
        expected = with_block(&expected, &format!("\n**`{file}`**\n"), &content);
    }
    if std::env::var_os("UPDATE_README").is_some() {
        fs::write(path, expected).unwrap();
    } else {
        assert!(readme == expected, "the README shows something else: run with UPDATE_README=1");
    }
}

#[test]
fn logs_may_come_from_the_standard_input() {
    let log = fs::File::open(example().join("sample/app.log")).unwrap();
    let (output, errors) = run(&[], log.into());
    assert_eq!(errors, "");
    assert!(output.contains("\n9 lines, 2 dropped, 1 that no parser knows\n"), "{output}");
}

/// Runs with a configuration that is refused; gives what is said.
fn refused(config: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pipeline.toml");
    fs::write(&path, config).unwrap();
    let (output, errors) = run(&["--config", path.to_str().unwrap()], Stdio::null());
    assert_eq!(output, "");
    errors
}

#[test]
fn what_is_wrong_in_a_configuration_is_said() {
    let said = refused("[[filter]]\nplugin = 'min-level'\nconfig = { level = 'noisy' }\n");
    let readme = fs::read_to_string(example().join("README.md")).unwrap();
    assert!(readme.contains(&said), "{said}");
    let said = refused("[[sink]]\nplugin = 'nothing'\n");
    assert!(said.starts_with("log-pipeline: there is no plugin `nothing` in "), "{said}");
    let said = refused("[[sink]]\nplugin = 'console'\n");
    assert!(said.contains("`console`") && said.contains("logs.formatter@1.0"), "{said}");
    let said = refused("[[parser]]\nplugin = 'summary'\n");
    assert!(said.contains("`logs.parser@1.0`") && said.contains("`summary`"), "{said}");
    let said = refused("[[filters]]\nplugin = 'redact'\n");
    assert!(said.contains("pipeline.toml") && said.contains("unknown field `filters`"), "{said}");
}
