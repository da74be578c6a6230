//! Makes the test program export its symbols, as hosts with plugins of their own kind do:
//! among them the entries of the fixtures that are linked in.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        println!("cargo::rustc-link-arg-tests=-rdynamic");
    }
}
