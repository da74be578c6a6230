//! The system's compilers.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// The languages that `polyplug.h` is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Language {
    C,
    Cpp,
}

impl Language {
    pub(crate) const ALL: [Self; 2] = [Self::C, Self::Cpp];

    /// Its compiler, as `CC` and `CXX` name it, with all warnings as errors.
    fn compiler(self) -> Command {
        let (variable, default, standard) = match self {
            Self::C => ("CC", "cc", "-std=c11"),
            Self::Cpp => ("CXX", "c++", "-std=c++17"),
        };
        let mut compiler = Command::new(env::var_os(variable).unwrap_or(default.into()));
        compiler.args([standard, "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O1", "-fPIC"]);
        compiler.arg("-I").arg(repository().join("include"));
        compiler
    }

    fn extension(self) -> &'static str {
        match self {
            Self::C => "c",
            Self::Cpp => "cpp",
        }
    }

    /// Compiles `code`, which may include the headers in `folder`, and throws the
    /// result away.
    pub(crate) fn checks(self, folder: &Path, code: &str) {
        let target = TempDir::new().unwrap();
        let source = target.path().join("code").with_extension(self.extension());
        std::fs::write(&source, code).unwrap();
        let mut compiler = self.compiler();
        compiler.arg("-I").arg(folder).arg("-c").arg(&source);
        run(compiler.arg("-o").arg(target.path().join("code.o")));
    }

    /// Builds the library `target` of the plugin in `tests/fixtures/c`, which marks
    /// what it shouts with `mark`.
    pub(crate) fn builds_tally(self, mark: &str, target: &Path) {
        let source = fixture("tally").with_extension(self.extension());
        let mut compiler = self.compiler();
        compiler.arg(format!("-DTALLY_MARK=\"{mark}\"")).arg("-shared").arg(source);
        run(compiler.arg("-o").arg(target));
    }

    /// Builds the library `target` of the plugin `name` in `tests/fixtures/c`, with
    /// headers in `folder`.
    pub(crate) fn builds(self, name: &str, folder: &Path, target: &Path) {
        let source = fixture(name).with_extension(self.extension());
        let mut compiler = self.compiler();
        compiler.arg("-I").arg(folder).arg("-shared").arg(source);
        run(compiler.arg("-o").arg(target));
    }
}

/// A file among those of the plugins.
pub(crate) fn fixture(name: &str) -> PathBuf {
    repository().join("tests/fixtures/c").join(name)
}

/// The root of the repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn run(command: &mut Command) {
    let output = command.output().expect("a compiler for C and one for C++ are installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
