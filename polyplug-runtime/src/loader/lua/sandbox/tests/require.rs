use std::{fs, path::PathBuf};

use super::vm::Vm;
use crate::loader::lua::VmOptions;

/// A folder with modules, and a file beside it.
struct Folder {
    outer: PathBuf,
    root: PathBuf,
}

impl Folder {
    fn new(name: &str) -> Self {
        let outer = std::env::temp_dir().join(format!("polyplug-{}-{name}", std::process::id()));
        let root = outer.join("bundle");
        fs::create_dir_all(&root).unwrap();
        fs::write(outer.join("secret.lua"), "return 'secret'").unwrap();
        Self { outer, root }
    }

    fn file(&self, path: &str, text: &[u8]) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn vm(&self) -> Vm {
        Vm::with_root(&VmOptions::default(), Some(&self.root))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.outer);
    }
}

#[test]
fn modules_of_the_bundle_and_the_sdk_are_found() {
    let folder = Folder::new("found");
    folder.file("a.lua", b"count = (count or 0) + 1 return { name = ..., count = count }");
    folder.file("deep/er/init.lua", b"return require('deep.b') .. '!'");
    folder.file("deep/b.lua", b"return 'b'");
    folder.file("nothing.lua", b"");
    let vm = folder.vm();
    assert_eq!(vm.value("return require('a').name .. require('a').count"), "a1");
    assert_eq!(vm.value("return require 'deep.er'"), "b!");
    assert_eq!(vm.value("return require 'nothing'"), "true");
    assert_eq!(vm.value("return type(require('polyplug').bundle)"), "function");
}

#[test]
fn names_that_are_not_module_names_are_refused() {
    let folder = Folder::new("names");
    let vm = folder.vm();
    let names = [
        "../secret",
        "..",
        "...",
        ".",
        "",
        "a..b",
        ".a",
        "a.",
        "/etc/passwd",
        "a/b",
        "a\\\\b",
        "C:x",
        "..secret",
        "a\\0b",
        "a\\nb",
        "a\\\"b",
        "a'b",
        "\\255\\254",
        "a b",
        "%s%n",
        "a;b",
        "[[x]]",
    ];
    for name in names {
        let error = vm.error(&format!("return require(\"{name}\")"));
        assert!(error.contains("is not a module name"), "{name}: {error}");
        assert!(!error.contains(['\n', '\0']), "{error:?}");
    }
    vm.error("return require(('x'):rep(1e6))");
    assert!(vm.error("return require(nil)").contains("string expected, got nil"));
}

#[test]
fn errors_say_what_was_looked_for() {
    let folder = Folder::new("errors");
    folder.file("broken.lua", b"return (");
    folder.file("failing.lua", b"\nerror 'on purpose'");
    folder.file("bytes.lua", b"return '\xff'");
    folder.file("code.lua", b"\x1bLJ\x02\x0a");
    fs::create_dir(folder.root.join("folder.lua")).unwrap();
    let vm = folder.vm();
    let expect = |name: &str, parts: &[&str]| {
        let error = vm.error(&format!("local m = require '{name}' return m"));
        for part in parts {
            assert!(error.contains(part), "{error}");
        }
        assert!(!error.contains(folder.root.to_str().unwrap()), "{error}");
    };
    expect("no.such", &["script:1: module 'no.such' not found", "no/such.lua", "no/such/init.lua"]);
    expect("broken", &["module 'broken' cannot be compiled", "broken.lua:1:"]);
    expect("failing", &["failing.lua:2: on purpose"]);
    expect("bytes", &["'bytes.lua' is not UTF-8 text"]);
    expect("code", &["module 'code' cannot be compiled"]);
    expect("folder", &["module 'folder' not found"]);
    // A module that failed is tried again.
    expect("failing", &["failing.lua:2: on purpose"]);
}

#[test]
fn modules_that_require_each_other_are_told_so() {
    let folder = Folder::new("cycle");
    folder.file("a.lua", b"return require 'b'");
    folder.file("b.lua", b"return require 'c'");
    folder.file("c.lua", b"return require 'b'");
    let error = folder.vm().error("return require 'a'");
    assert!(error.contains("modules require each other: b -> c -> b"), "{error}");
}

#[test]
fn a_chain_of_modules_ends_before_the_stack() {
    let folder = Folder::new("chain");
    for index in 0..2_000 {
        let next = format!("return require 'm{}'", index + 1);
        folder.file(&format!("m{index}.lua"), next.as_bytes());
    }
    folder.file("m2000.lua", b"return 'end'");
    let outcome = folder.vm().run("return require 'm0'");
    assert!(outcome.value.is_err_and(|error| error.contains("stack overflow")));
}

#[cfg(unix)]
#[test]
fn symbolic_links_lead_nowhere_else() {
    use std::os::unix::fs::symlink;

    let folder = Folder::new("links");
    folder.file("inside.lua", b"return 'inside'");
    symlink(folder.outer.join("secret.lua"), folder.root.join("link.lua")).unwrap();
    symlink(&folder.outer, folder.root.join("up")).unwrap();
    symlink("inside.lua", folder.root.join("alias.lua")).unwrap();
    symlink("loop.lua", folder.root.join("loop.lua")).unwrap();
    symlink("/dev/zero", folder.root.join("zero.lua")).unwrap();
    let vm = folder.vm();
    assert!(vm.error("return require 'link'").contains("leads out of the bundle"));
    assert!(vm.error("return require 'up.secret'").contains("leads out of the bundle"));
    assert!(vm.error("return require 'zero'").contains("leads out of the bundle"));
    assert!(vm.error("return require 'loop'").contains("cannot be read"));
    assert_eq!(vm.value("return require 'alias'"), "inside");
}

#[cfg(unix)]
#[test]
fn folders_with_hostile_names_inject_nothing() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

    let folder = Folder::new("hostile");
    let names: [&[u8]; 4] = [b"a'b\"c", b"new\nline", b"not\xffutf8", b"%s]] os.exit(1) --[["];
    for name in names {
        let root = folder.outer.join(OsStr::from_bytes(name));
        fs::create_dir_all(&root).unwrap();
        fs::write(root.join("m.lua"), "error('where')").unwrap();
        let vm = Vm::with_root(&VmOptions::default(), Some(&root));
        assert_eq!(vm.error("return require 'm'"), "m.lua:1: where");
    }
}

#[test]
fn a_bundle_in_memory_finds_the_sdk_alone() {
    let vm = Vm::free();
    assert_eq!(vm.value("return type(require('polyplug').bundle)"), "function");
    assert!(vm.error("return require 'a'").contains("a bundle without a folder finds only"));
}
