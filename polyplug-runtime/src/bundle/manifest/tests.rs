use proptest::prelude::*;

use super::*;

const PLATFORM: &str = "linux-x86_64";

const REVERSE: &str = r#"
name = "reverse"
version = "1.0.0"
loader = "lua"
file = "init.lua"
provides = ["text.transform@1.0"]
"#;

/// What is said of [`REVERSE`] with `from` replaced by `to`.
fn refused(from: &str, to: &str) -> String {
    assert!(REVERSE.contains(from), "{from}");
    let text = REVERSE.replacen(from, to, 1);
    Manifest::parse_for(text.as_bytes(), PLATFORM).expect_err(&text).to_string()
}

/// What is said of [`REVERSE`] with `line` at its end.
fn refused_with(line: &str) -> String {
    let text = format!("{REVERSE}{line}\n");
    Manifest::parse_for(text.as_bytes(), PLATFORM).expect_err(&text).to_string()
}

fn accepted_with(line: &str) -> Manifest {
    let text = format!("{REVERSE}{line}\n");
    Manifest::parse_for(text.as_bytes(), PLATFORM).expect(&text)
}

fn embedded() -> String {
    let id = BundleId::of("upper");
    format!(
        "abi = 1\nname = \"upper\"\nversion = \"1.2.3\"\nentry = \"polyplug_entry_{id}\"\n\
         panic = \"unwind\"\nprovides = [\"text.transform@1.0\"]\nid = \"{id}\"\n"
    )
}

fn embedded_refused(from: &str, to: &str) -> String {
    let text = embedded();
    assert!(text.contains(from), "{from}");
    EmbeddedManifest::parse(text.replacen(from, to, 1).as_bytes()).expect_err(to).to_string()
}

#[test]
fn a_manifest_says_what_the_bundle_is() {
    let manifest = Manifest::parse(REVERSE.as_bytes()).expect("good");
    assert_eq!(manifest.name, "reverse");
    assert_eq!(manifest.version, Version::new(1, 0, 0));
    assert_eq!(manifest.loader, "lua");
    assert_eq!(manifest.file, PathBuf::from("init.lua"));
    let version = polyplug_guest::ContractVersion::new(1, 0);
    assert_eq!(manifest.provides, [Provided { name: "text.transform".to_owned(), version }]);
    assert!(manifest.needs.dependencies().is_empty() && manifest.capabilities.is_empty());
}

#[test]
fn an_embedded_manifest_says_what_the_library_is() {
    let manifest = EmbeddedManifest::parse(embedded().as_bytes()).expect("good");
    assert_eq!(manifest.abi, 1);
    assert_eq!(manifest.name, "upper");
    assert_eq!(manifest.entry, format!("polyplug_entry_{}", BundleId::of("upper")));
    assert_eq!(manifest.panic, PanicStrategy::Unwind);
    assert_eq!(manifest.provides.len(), 1);
}

#[test]
fn an_embedded_manifest_may_hold_what_only_later_hosts_know() {
    let text = embedded() + "later = true\n";
    assert!(EmbeddedManifest::parse(text.as_bytes()).is_ok());
}

#[test]
fn dependencies_are_contracts_or_bundles() {
    let manifest = accepted_with(
        r#"dependencies = ["a@1", "b@2.3", "c@0.4", { bundle = "upper" },
            { bundle = "lower", version = "^1.2" }]"#,
    );
    let words = manifest.needs.dependencies().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        words,
        ["contract a@1.0", "contract b@2.3", "contract c@0.4", "bundle upper", "bundle lower ^1.2"]
    );
}

#[test]
fn capabilities_are_strings() {
    assert_eq!(accepted_with(r#"capabilities = ["clock", "net"]"#).capabilities, ["clock", "net"]);
    assert_eq!(
        refused_with("capabilities = [1]"),
        "line 7: `capabilities[0]` must be a string, and is an integer"
    );
}

#[test]
fn an_oversized_manifest_is_not_read() {
    let text = " ".repeat(MAX_LEN + 1);
    let error = Manifest::parse(text.as_bytes()).expect_err("long");
    assert_eq!(
        error.to_string(),
        "the manifest has 1048577 bytes, more than the 1048576 that are read"
    );
}

#[test]
fn text_that_is_not_utf8_is_refused() {
    let error = Manifest::parse(b"name = \"a\"\n# \xff").expect_err("not UTF-8");
    assert_eq!(error.to_string(), "line 2: not UTF-8 text: save the manifest in that encoding");
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn malformed_toml_is_refused_with_its_line() {
    let error = refused("provides = [", "provides = ");
    assert!(error.starts_with("line 6: malformed TOML: "), "{error}");
    let error = refused_with("name = \"twice\"");
    assert!(error.starts_with("line 7: malformed TOML: "), "{error}");
}

#[test]
fn toml_of_any_depth_is_refused_without_overflowing_the_stack() {
    for text in ["a.", "[", "{a=", "[a."].map(|part| part.repeat(200_000)) {
        for text in [format!("{text}b = 1"), format!("a = {text}"), format!("[{text}b]")] {
            assert!(Manifest::parse(text.as_bytes()).is_err());
        }
    }
}

#[test]
fn an_unknown_field_names_the_nearest_or_all() {
    assert_eq!(
        refused("version", "vesion"),
        "line 3: unknown field `vesion`: did you mean `version`?"
    );
    assert_eq!(
        refused_with("colour = 1"),
        "line 7: unknown field `colour`: the fields are `name`, `version`, `loader`, `file`, \
         `provides`, `dependencies`, `reload_with_dependencies`, `capabilities`, `id`"
    );
    assert_eq!(
        refused_with(r#"dependencies = [{ bundel = "a" }]"#),
        "line 7: unknown field `bundel`: did you mean `bundle`?"
    );
}

#[test]
fn a_missing_field_is_named_with_an_example() {
    for (line, field) in [
        ("name = \"reverse\"\n", "name = \"upper\""),
        ("version = \"1.0.0\"\n", "version = \"1.0.0\""),
        ("loader = \"lua\"\n", "loader = \"native\""),
        ("file = \"init.lua\"\n", "file = \"libupper.so\""),
        ("provides = [\"text.transform@1.0\"]\n", "provides = [\"text.transform@1.0\"]"),
    ] {
        let name = field.split_once(' ').map_or("", |(name, _)| name);
        let expected = format!("line 1: no field `{name}`: add one such as `{field}`");
        assert_eq!(refused(line, ""), expected);
    }
    assert_eq!(
        refused_with(r#"dependencies = ["a@1", { version = "1" }]"#),
        "line 7: no field `dependencies[1].bundle`: add one such as `bundle = \"upper\"`"
    );
    assert!(embedded_refused("abi = 1\n", "").contains("no field `abi`"));
    assert!(embedded_refused("panic = \"unwind\"\n", "").contains("no field `panic`"));
}

#[test]
fn a_value_of_the_wrong_type_is_named_with_both_types() {
    let name = refused("\"reverse\"", "[]");
    assert_eq!(name, "line 2: `name` must be a string, and is a list");
    let provides = refused("[\"text.transform@1.0\"]", "\"text.transform@1.0\"");
    assert_eq!(provides, "line 6: `provides` must be a list, and is a string");
    let file = refused("\"init.lua\"", "1.5");
    assert_eq!(
        file,
        "line 5: `file` must be a string, or a table with one file per platform, and is a float"
    );
    let dependency = refused_with("dependencies = [true]");
    assert_eq!(
        dependency,
        "line 7: `dependencies[0]` must be a contract as a string, or a bundle as a table, and is \
         a boolean"
    );
    let abi = embedded_refused("abi = 1", "abi = -1");
    assert_eq!(abi, "line 1: `abi` must be a whole number of 32 bits, and is an integer");
}

#[test]
fn a_bad_name_is_answered_with_the_grammar() {
    let error = refused("\"reverse\"", "\"Re\\nverse\"");
    assert!(error.starts_with("line 2: `name` is \"Re\\nverse\", which is no name: "), "{error}");
    assert!(error.contains("lower-case") && error.ends_with("at most 128 bytes in all"), "{error}");
    let error = refused_with(r#"dependencies = [{ bundle = "A" }]"#);
    assert!(error.starts_with("line 7: `dependencies[0].bundle` is \"A\""), "{error}");
}

#[test]
fn messages_stay_short_however_long_the_manifest_is() {
    let long = "é".repeat(100_000);
    assert!(refused("reverse", &long).len() < 500);
    assert!(refused_with(&format!("{} = 1", "a".repeat(100_000))).len() < 500);
    assert!(refused_with(&format!("dependencies = [\"{long}\"]")).len() < 500);
}

#[test]
fn a_bad_version_is_refused() {
    assert_eq!(
        refused("\"1.0.0\"", "\"1.0\""),
        "line 3: `version` is \"1.0\", which is no semantic version: write one such as `1.0.0`"
    );
    let error = refused_with(r#"dependencies = [{ bundle = "a", version = "one" }]"#);
    assert_eq!(
        error,
        "line 7: `dependencies[0].version` is \"one\", which is no requirement on a version: write \
         one such as `^1.2`"
    );
}

#[test]
fn a_bad_contract_is_refused_with_an_example() {
    for bad in ["a", "a@", "a@1", "a@1.", "a@01.0", "a@+1.0", "a@1.0.0", "A@1.0", "a@9999999999.0"]
    {
        assert_eq!(
            refused("text.transform@1.0", bad),
            format!(
                "line 6: `provides[0]` is \"{bad}\", which names no contract and version: write it \
                 like `text.transform@1.0`"
            )
        );
    }
    assert!(refused_with(r#"dependencies = ["a"]"#).ends_with("like `text.transform@1`"));
    // Below 1 each minor is a contract of its own.
    assert!(refused_with(r#"dependencies = ["a@0"]"#).ends_with("like `text.transform@0.1`"));
}

#[test]
fn a_contract_is_provided_once() {
    assert_eq!(
        refused("\"text.transform@1.0\"", "\"a@2.0\", \"a@1.0\", \"a@1.2\""),
        "line 6: `provides[1]` and a later entry provide the same contract, a@1.2: keep the one \
         with the higher minor version"
    );
    let worlds = REVERSE.replace("\"text.transform@1.0\"", "\"a@0.1\", \"a@0.2\", \"a@1.0\"");
    assert_eq!(Manifest::parse(worlds.as_bytes()).expect("three contracts").provides.len(), 3);
}

#[test]
fn an_id_that_is_not_the_names_is_tampering() {
    let id = BundleId::of("reverse");
    assert_eq!(accepted_with(&format!("id = \"{id}\"")).name, "reverse");
    for wrong in ["0123456789abcdef", "0123", ""] {
        assert_eq!(
            refused_with(&format!("id = \"{wrong}\"")),
            format!(
                "line 7: the manifest was tampered with: `id` is \"{wrong}\", and the id of \
                 `reverse` is {id}: restore what was changed, or remove `id`"
            )
        );
    }
}

#[test]
fn the_file_is_the_one_for_this_platform() {
    let table = r#"{ linux-x86_64 = "./lib/a.so", macos-aarch64 = "a.dylib" }"#;
    let text = REVERSE.replace("\"init.lua\"", table);
    let file = |platform| Manifest::parse_for(text.as_bytes(), platform).map(|m| m.file);
    assert_eq!(file("linux-x86_64").expect("there"), PathBuf::from("lib/a.so"));
    assert_eq!(file("macos-aarch64").expect("there"), PathBuf::from("a.dylib"));
    assert_eq!(
        file("windows-x86_64").expect_err("not there").to_string(),
        "line 5: `file` has nothing for windows-x86_64, and is for linux-x86_64, macos-aarch64: \
         build the bundle for this platform and add its file"
    );
    assert!(refused("\"init.lua\"", "{}").contains("and is for none"));
}

#[test]
fn the_file_stays_inside_the_bundle() {
    for bad in ["", ".", "..", "../a", "a/../../b", "/a", "C:a", "a\\\\b", "a\\u0000"] {
        let error = refused("\"init.lua\"", &format!("\"{bad}\""));
        assert!(error.contains("which is no file inside the bundle"), "{error}");
    }
    // Another platform's file is held to the same.
    let error = refused("\"init.lua\"", r#"{ linux-x86_64 = "a", other = "../b" }"#);
    assert!(error.starts_with("line 5: `file.other` is \"../b\""), "{error}");
}

#[test]
fn the_entry_is_the_one_of_the_id() {
    let expected = format!("polyplug_entry_{}", BundleId::of("upper"));
    assert_eq!(
        embedded_refused(&expected, "polyplug_entry"),
        format!(
            "line 4: the manifest was tampered with: `entry` is \"polyplug_entry\", and the entry \
             of this bundle is `{expected}`: build the library again"
        )
    );
}

#[test]
fn a_panic_strategy_is_unwind_or_abort() {
    let aborting = embedded().replace("unwind", "abort");
    let aborting = EmbeddedManifest::parse(aborting.as_bytes()).expect("good");
    assert_eq!(aborting.panic, PanicStrategy::Abort);
    let error = embedded_refused("unwind", "ignore");
    assert!(
        error.starts_with("line 5: `panic` is \"ignore\", and must be `unwind` or "),
        "{error}"
    );
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        let _ = Manifest::parse(&bytes);
        let _ = EmbeddedManifest::parse(&bytes);
    }

    #[test]
    fn a_manifest_with_anything_inside_never_panics(
        at in 0..REVERSE.len(), cut in 0..40_usize, insert in "\\PC{0,20}",
    ) {
        let mut bytes = REVERSE.as_bytes().to_vec();
        bytes.splice(at..(at + cut).min(REVERSE.len()), insert.into_bytes());
        if let Err(error) = Manifest::parse(&bytes) {
            prop_assert!(!error.to_string().ends_with('.'));
        }
    }

    #[test]
    fn arbitrary_values_never_panic(field in 0..8_usize, value in r#"[\[\]{}"=,.@0-9a-z -]{0,30}"#) {
        let field = MANIFEST_FIELDS[field].name;
        let others = REVERSE.lines().filter(|line| !line.starts_with(field));
        let text = others.chain([format!("{field} = {value}").as_str()]).collect::<Vec<_>>().join("\n");
        let _ = Manifest::parse(text.as_bytes());
    }
}
