//! The README's tutorial: the files that it prints, the commands that it names, and
//! what those print. Replaced are the path of this repository and the file name of
//! the library, which differs between systems.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The files of the tutorial: a path in bold, then a block with the content.
fn files(readme: &str) -> Vec<(&str, &str)> {
    let mut files = Vec::new();
    for part in readme.split("**`hello/").skip(1) {
        let (path, rest) = part.split_once("`**").unwrap();
        let block = rest.split_once("```").unwrap().1;
        let (_language, content) = block.split_once('\n').unwrap();
        files.push((path, content.split_once("```").unwrap().0));
    }
    files
}

/// The block of language `language` behind the line `after`.
fn block<'a>(readme: &'a str, after: &str, language: &str) -> &'a str {
    let rest = readme.split_once(after).unwrap().1;
    let block = rest.split_once(&format!("```{language}\n")).unwrap().1;
    block.split_once("```").unwrap().0
}

#[test]
fn the_tutorial_works_as_printed() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let readme = fs::read_to_string(repository.join("README.md")).unwrap();
    // Below the target directory, so that a second run has little to build.
    let beside = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tutorial");
    let hello = beside.join("hello");
    for (path, content) in files(&readme) {
        let path = hello.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let content = content.replace("../../polyplug/", &format!("{}/", repository.display()));
        if fs::read_to_string(&path).ok().as_deref() != Some(&content) {
            fs::write(&path, content).unwrap();
        }
    }
    // The same versions of what it depends on, so nothing has to be fetched.
    fs::copy(repository.join("Cargo.lock"), hello.join("Cargo.lock")).unwrap();

    let mut printed = String::new();
    for command in block(&readme, "Build everything", "sh").lines() {
        let command = command.replace("libpolite.so", &library("polite"));
        let mut words = command.split_whitespace();
        assert_eq!(words.next(), Some("cargo"));
        let output = Command::new(env!("CARGO"))
            .args(words)
            .current_dir(&hello)
            .env_remove("CARGO_TARGET_DIR")
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}: {errors}");
        printed.push_str(&String::from_utf8(output.stdout).unwrap());
    }
    assert_eq!(printed, block(&readme, "It prints:", "text"));
}

fn library(name: &str) -> String {
    format!("{}{name}{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX)
}
