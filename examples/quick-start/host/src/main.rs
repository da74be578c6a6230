//! Loads plugins in Rust and in Lua, runs a text file through them, then replaces
//! one of each kind on disk and reloads it while its proxy stays in use.
//!
//! `cargo run --release -p quick-start [-- FILE]`

use std::env;
use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use polyplug_runtime::{Event, LuaLoader, NativeLoader, Runtime};
use text_contract::{Transform, TransformProxy};

fn main() -> Result<(), Box<dyn Error>> {
    let file = env::args().nth(1).map_or_else(readme, PathBuf::from);
    let text = fs::read_to_string(&file)
        .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    println!("input      {} ({} bytes)", file.display(), text.len());

    let plugins = tempfile::tempdir()?;
    install(plugins.path())?;

    let runtime = Runtime::builder()
        .contract::<dyn Transform>()
        // SAFETY: `install` put only libraries there that this package builds.
        .loader(unsafe { NativeLoader::new() })
        .loader(LuaLoader::new())
        .build()?;
    runtime.on_event(|event| {
        if let Event::Preparing { bundle, .. } = event {
            println!("event      `{bundle}` is being reloaded");
        }
    });
    let upper = runtime.load(plugins.path().join("upper"))?;
    let counter = runtime.load(plugins.path().join("word-count").join(library("word_count")))?;
    let reverse = runtime.load(plugins.path().join("reverse"))?;
    for bundle in [upper, counter, reverse] {
        println!("loaded     {} {} ({})", bundle.name(), bundle.version(), bundle.loader());
    }

    for transform in runtime.get_all::<dyn Transform>()? {
        println!("\n== {}", transform.bundle_name());
        match transform.transform(&text) {
            Ok(text) => println!("{}", preview(&text)),
            // `reverse` turns bytes around: what comes back is checked.
            Err(error) => println!("{error}"),
        }
        report_cost(&transform)?;
    }

    println!("\n== rewriting `reverse` on disk, and reloading it");
    let transform = runtime.get_from::<dyn Transform>("reverse")?;
    println!("before     {}", transform.transform("the same proxy")?);
    rewrite_reverse(&plugins.path().join("reverse"))?;
    runtime.reload("reverse")?;
    println!("after      {}", transform.transform("the same proxy")?);

    println!("\n== replacing `upper` on disk, and reloading it");
    let transform = runtime.get_from::<dyn Transform>("upper")?;
    println!("before     {}", transform.transform("the same proxy")?);
    copy_library("upper_next", &plugins.path().join("upper").join(library("upper")))?;
    write_manifest(&plugins.path().join("upper"), "0.2.0")?;
    let reloaded = runtime.reload("upper")?;
    println!("reloaded   {} {}", reloaded.name(), reloaded.version());
    println!("after      {}", transform.transform("the same proxy")?);
    println!("unloaded   {:?}", runtime.unload("upper")?);
    match transform.transform("the same proxy") {
        Ok(text) => println!("still      {text}"),
        Err(error) => println!("now        {error}"),
    }
    Ok(())
}

/// Lays the libraries out as an installation would: one bundle as a directory
/// with a manifest, the other as a bare library.
fn install(plugins: &Path) -> Result<(), Box<dyn Error>> {
    for bundle in ["upper", "word-count"] {
        fs::create_dir(plugins.join(bundle))?;
    }
    copy_library("upper", &plugins.join("upper").join(library("upper")))?;
    write_manifest(&plugins.join("upper"), "0.1.0")?;
    copy_library("word_count", &plugins.join("word-count").join(library("word_count")))?;
    let reverse = Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins/reverse");
    fs::create_dir(plugins.join("reverse"))?;
    for file in ["manifest.toml", "init.lua"] {
        fs::copy(reverse.join(file), plugins.join("reverse").join(file))?;
    }
    Ok(())
}

/// Lets the Lua plugin turn each word around instead of the whole.
fn rewrite_reverse(directory: &Path) -> Result<(), Box<dyn Error>> {
    let file = directory.join("init.lua");
    let source = fs::read_to_string(&file)?;
    let rewritten =
        source.replace("return input:reverse()", r#"return (input:gsub("%w+", string.reverse))"#);
    Ok(fs::write(file, rewritten)?)
}

fn write_manifest(directory: &Path, version: &str) -> Result<(), Box<dyn Error>> {
    let file = library("upper");
    let manifest = format!(
        "name = \"upper\"\nversion = \"{version}\"\nloader = \"native\"\nfile = \"{file}\"\n\
         provides = [\"text.transform@1.0\"]\n"
    );
    Ok(fs::write(directory.join("manifest.toml"), manifest)?)
}

/// Copies a library that cargo built together with this program.
fn copy_library(name: &str, to: &Path) -> Result<(), Box<dyn Error>> {
    let program = env::current_exe()?;
    let from = program.with_file_name("deps").join(library(name));
    fs::copy(&from, to).map_err(|error| format!("cannot copy {}: {error}", from.display()))?;
    Ok(())
}

fn library(name: &str) -> String {
    format!("{}{name}{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX)
}

fn readme() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().nth(3).unwrap_or(package).join("README.md")
}

/// The first lines of a text, with its end marked where it is cut.
fn preview(text: &str) -> String {
    const LINES: usize = 5;
    let mut preview: Vec<_> =
        text.lines().filter(|line| !line.trim().is_empty()).take(LINES).collect();
    if text.lines().count() > LINES {
        preview.push("[..]");
    }
    preview.join("\n")
}

/// What the Lua plugin does, in Rust.
struct Reverse;

impl Transform for Reverse {
    fn transform(&self, input: &str) -> String {
        input.chars().rev().collect()
    }
}

/// What a call costs, beside a direct call of the same code linked into this
/// program.
fn report_cost(proxy: &TransformProxy) -> Result<(), Box<dyn Error>> {
    const ROUNDS: u32 = 20;
    const CALLS: u32 = 1_000;
    const INPUT: &str = "sixteen letters.";
    let direct: &dyn Transform = match proxy.bundle_name() {
        "upper" => &upper::Upper,
        "reverse" => &Reverse,
        _ => &word_count::WordCount::DEFAULT,
    };
    let (mut called, mut directly) = (Duration::MAX, Duration::MAX);
    // In turns, and the best of each: the machine has other things to do as well.
    for _ in 0..ROUNDS {
        let started = Instant::now();
        for _ in 0..CALLS {
            black_box(proxy.transform(black_box(INPUT))?);
        }
        called = called.min(started.elapsed() / CALLS);
        let started = Instant::now();
        for _ in 0..CALLS {
            black_box(black_box(direct).transform(black_box(INPUT)));
        }
        directly = directly.min(started.elapsed() / CALLS);
    }
    println!("-- a call with 16 bytes: {called:?} through the proxy, {directly:?} directly");
    Ok(())
}
