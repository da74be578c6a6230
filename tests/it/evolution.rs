//! Hosts and plugins of all versions of one contract, each built for real, and what
//! comes of every pair. What is expected stands in `docs/evolution.md`.

mod asks;
mod changed;
mod page;

use fixture_growing::{v1_0, v1_1, v1_2, v2_0};
use polyplug_runtime::{CallError, Contract, LoadError, LookupError, LuaLoader, Runtime, Source};

use self::asks::HOSTS;
use self::page::Table;
use crate::lua::fixture;
use crate::support::{builder, library};

/// The plugins, by the versions that they provide.
const PLUGINS: [&str; 7] = ["0.1", "0.2", "1.0", "1.1", "1.2", "2.0", "1.2 and 2.0"];

/// What a plugin is written in.
#[derive(Clone, Copy)]
enum Language {
    Rust,
    Lua,
}

impl Language {
    /// Loads the plugin of these versions.
    fn load(self, runtime: &Runtime, versions: &str) -> Result<(), LoadError> {
        let name = if versions.contains("and") { "majors" } else { versions };
        let path = match self {
            Self::Rust => library(&format!("fixture-growing-{}", name.replace('.', "-"))),
            Self::Lua => fixture(&format!("growing-{name}")),
        };
        runtime.load(path).map(drop)
    }
}

/// One pair of a host and a plugin in words.
fn cell(host: &asks::Host, plugin: &str, language: Language) -> String {
    let runtime = (host.knows)(builder().loader(LuaLoader::new())).build().unwrap();
    if let Err(error) = language.load(&runtime, plugin) {
        return refused(&error);
    }
    match (host.asks)(&runtime) {
        Ok(answers) => {
            assert!(plugin.contains(&answers.version), "{} is not {plugin}", answers.version);
            answers.to_string()
        }
        Err(error) => not_found(&error),
    }
}

/// A contract that the host does not know keeps a Lua bundle from being loaded.
fn refused(error: &LoadError) -> String {
    let text = crate::lua::chain(error);
    assert!(text.contains("test.growing@") && text.contains("knows"), "{text}");
    "not loaded".to_owned()
}

fn not_found(error: &LookupError) -> String {
    let LookupError::NotFound { contract, hint, .. } = error else { panic!("{error}") };
    assert_eq!(&**contract, "test.growing");
    assert!(hint.contains("in bundle `growing`"), "{hint}");
    "not found".to_owned()
}

fn matrix(language: Language) -> Table {
    let head = ["host"].into_iter().chain(PLUGINS).map(str::to_owned).collect();
    let row = |host: &asks::Host| {
        let cells = PLUGINS.iter().map(|plugin| cell(host, plugin, language));
        [host.version.to_owned()].into_iter().chain(cells).collect()
    };
    [head].into_iter().chain(HOSTS.iter().map(row)).collect()
}

#[test]
fn native_plugins_on_all_hosts_are_as_the_page_says() {
    page::says("Native plugins", &matrix(Language::Rust));
}

#[test]
fn lua_plugins_on_all_hosts_are_as_the_page_says() {
    page::says("Lua plugins", &matrix(Language::Lua));
}

#[test]
fn requests_for_at_least_a_version_are_as_the_page_says() {
    let plugins = ["1.0", "1.1", "1.2"];
    let head = ["at least"].into_iter().chain(plugins).map(str::to_owned).collect();
    let row = |minor: u32| {
        let found = plugins.iter().map(|plugin| {
            let cells = [Language::Rust, Language::Lua].map(|language| {
                let runtime = builder().loader(LuaLoader::new());
                let runtime = runtime.contract::<dyn v1_2::Growing>().build().unwrap();
                language.load(&runtime, plugin).unwrap();
                let request = || runtime.request::<dyn v1_2::Growing>().at_least(1, minor);
                let found = request().get();
                assert_eq!(request().all().unwrap().len(), usize::from(found.is_ok()));
                found.map_or_else(|error| not_found(&error), |_| "found".to_owned())
            });
            assert_eq!(cells[0], cells[1]);
            cells[0].clone()
        });
        [format!("1.{minor}")].into_iter().chain(found).collect()
    };
    page::says("Asking for more", &[head].into_iter().chain((0..=3).map(row)).collect());
}

#[test]
fn hosts_of_all_versions_share_one_plugin() {
    for language in [Language::Rust, Language::Lua] {
        let runtime = HOSTS
            .iter()
            .fold(builder().loader(LuaLoader::new()), |builder, host| (host.knows)(builder));
        let runtime = runtime.build().unwrap();
        language.load(&runtime, "1.2 and 2.0").unwrap();
        let found = HOSTS.iter().filter(|host| (host.asks)(&runtime).is_ok());
        let versions: Vec<_> = found.map(|host| host.version).collect();
        assert_eq!(versions, ["1.0", "1.1", "1.2", "2.0"]);
        let bundles = runtime.bundles();
        let provided: Vec<_> = bundles[0].provides().collect();
        let both = [
            ("test.growing", <dyn v1_2::Growing>::VERSION),
            ("test.growing", <dyn v2_0::Growing>::VERSION),
        ];
        assert_eq!(provided, both);
        // One instance for each, of the same plugin.
        assert_eq!(runtime.get::<dyn v1_0::Growing>().unwrap().version().unwrap(), "1.2");
        assert_eq!(runtime.get::<dyn v1_1::Growing>().unwrap().subtract(3, 2).unwrap(), 1);
    }
}

#[test]
fn a_lua_plugin_has_the_methods_that_its_host_knew_until_it_is_reloaded() {
    let runtime = builder().loader(LuaLoader::new()).contract::<dyn v1_0::Growing>();
    let runtime = runtime.build().unwrap();
    Language::Lua.load(&runtime, "1.2").unwrap();
    let newer = runtime.get::<dyn v1_2::Growing>().unwrap();
    assert_eq!(newer.add(2, 3).unwrap(), 5);
    assert!(matches!(newer.subtract(3, 2), Err(CallError::Unavailable(_))));
    runtime.reload("growing").unwrap();
    assert_eq!(newer.subtract(3, 2).unwrap(), 1);
    assert_eq!(newer.double(4).unwrap(), "8 by the plugin");
}

#[test]
fn a_lua_plugin_may_leave_out_what_has_a_body() {
    let runtime = builder().loader(LuaLoader::new()).contract::<dyn v1_2::Growing>();
    let runtime = runtime.build().unwrap();
    let manifest = "name = 'growing'\nversion = '1.0.0'\nloader = 'lua'\n\
                    provides = ['test.growing@1.2']\n";
    let class = "local Class = {}\n\
                 function Class:version() return '1.2' end\n\
                 function Class:add(a, b) return a + b end\n\
                 function Class:subtract(a, b) return a - b end\n\
                 return require('polyplug').bundle { ['test.growing@1'] = Class }\n";
    runtime.load_source(manifest, Source::Text(class.to_owned())).unwrap();
    let growing = runtime.request::<dyn v1_2::Growing>().at_least(1, 2).get().unwrap();
    assert_eq!(growing.double(4).unwrap(), "8 by default");
}
