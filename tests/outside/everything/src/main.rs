//! A host that uses each name which the design prints for services, plugins that use
//! plugins, and the life of bundles. Its first argument is the library of `twice`.
#![deny(unused_must_use)]

mod promises;

use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use app_contract::{Log, Twice};
use polyplug_runtime::{
    CallError, Event, LuaLoader, NativeLoader, Runtime, Service, Source, UnloadError, Unloaded,
};
use text_contract::{Transform, TransformProxy};

const PATIENCE: Duration = Duration::from_secs(20);

const REVERSE: &str = r#"
local polyplug = require "polyplug"
local Reverse = {}
function Reverse.new(cx)
    return setmetatable({ log = cx:service "app.log@1" }, { __index = Reverse })
end
function Reverse:transform(input)
    self.log:write(input)
    return input:reverse()
end
return polyplug.bundle { ["text.transform@1"] = Reverse }
"#;

const MANIFEST: &str = r#"
name = "reverse"
version = "1.0.0"
loader = "lua"
provides = ["text.transform@1.0"]
"#;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    fn add(&self, who: &str, line: &str) {
        self.0.lock().unwrap().push(format!("{who}: {line}"));
    }

    /// Prints what was written since the last time, in one line.
    fn show(&self, what: &str) {
        let lines = self.0.lock().unwrap().drain(..).collect::<Vec<_>>();
        println!("{what}: [{}]", lines.join(", "));
    }
}

struct MyLog {
    who: String,
    lines: Lines,
}

impl Log for MyLog {
    fn write(&self, line: &str) {
        self.lines.add(&self.who, line);
    }
}

struct Shout;

impl Transform for Shout {
    fn transform(&self, input: &str) -> String {
        format!("{input}!")
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let library = std::env::args().nth(1).ok_or("usage: everything LIBRARY")?;
    let runtime = Runtime::builder()
        .contract::<dyn Transform>()
        // SAFETY: the test that runs this built the libraries.
        .loader(unsafe { NativeLoader::new() })
        .loader(LuaLoader::new().memory_limit(1 << 24).time_limit(PATIENCE).depth_limit(100))
        .build()?;
    let lines = Lines::default();
    let events = lines.clone();
    let listener = runtime.on_event(move |event: &Event| {
        if let Event::Loaded { .. } | Event::Reloaded { .. } | Event::Unloaded { .. } = event {
            events.add("event", event.bundle());
        }
    });

    services(&runtime, &lines)?;
    runtime.load("plugins/upper")?;
    for linked_in in [true, false] {
        match linked_in {
            true => runtime.load_static(&twice::BUNDLE)?,
            false => runtime.load(&library)?,
        };
        lines.show("loaded");
        calls(&runtime, &lines)?;
        match runtime.unload("upper") {
            Err(UnloadError::Dependents { dependents, .. }) => println!("needed by {dependents:?}"),
            other => println!("{other:?}"),
        }
        let outcome = runtime.unload_within("twice", PATIENCE)?;
        println!("unloaded: {}", said(&outcome));
    }
    lines.show("went");

    runtime.load(&library)?;
    let cascade = runtime.unload_cascade("upper")?;
    println!("cascade: {:?}", cascade.iter().map(|(name, _)| name).collect::<Vec<_>>());
    runtime.load_source(MANIFEST, Source::Text(REVERSE.to_owned()))?;
    println!("lua: {}", runtime.get::<dyn Transform>()?.transform("hello")?);
    lines.show("then");
    println!("removed: {}", runtime.remove_listener(listener));
    let outcomes = runtime.shutdown(PATIENCE);
    println!("shutdown: {outcomes:?}");
    lines.show("unheard");
    Ok(())
}

fn services(runtime: &Runtime, lines: &Lines) -> Result<(), Box<dyn Error>> {
    let log = MyLog { who: "host".to_owned(), lines: lines.clone() };
    let service: Service<dyn Log> = runtime.provide::<dyn Log>(Arc::new(log))?;
    let proxy = service.proxy()?;
    proxy.write("one for all")?;
    service.withdraw();
    println!("withdrawn: {}", matches!(proxy.write("late"), Err(CallError::Unloaded(_))));
    let each = lines.clone();
    let _service = runtime.provide_each::<dyn Log>(move |bundle| {
        Arc::new(MyLog { who: bundle.name().to_owned(), lines: each.clone() })
    })?;
    lines.show("services");
    Ok(())
}

fn calls(runtime: &Runtime, lines: &Lines) -> Result<(), Box<dyn Error>> {
    println!("refused: {}", runtime.get_with::<dyn Twice>("no TOML").is_err());
    let twice = runtime.get_with::<dyn Twice>("between = ', '")?;
    println!("{}", twice.twice("hello")?);
    println!("pinned: {}", twice.pin()?.twice("again")?);
    if twice.bundle_name() == "twice" && runtime.bundles()[1].path().is_file() {
        runtime.reload("twice")?;
    }
    println!("kept: {}", twice.count()?);
    twice.renew()?;
    println!("anew: {}", twice.count()?);
    drop(twice);
    let local = TransformProxy::local(Arc::new(Shout));
    println!("local: {}", local.transform("hello")?);
    lines.show("calls");
    Ok(())
}

fn said(outcome: &Unloaded) -> &'static str {
    match outcome {
        Unloaded::Reclaimed => "reclaimed",
        Unloaded::Pending { .. } => "pending",
        Unloaded::StillMapped { .. } => "still mapped",
    }
}
