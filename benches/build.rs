//! Hands the compiler flags of the build to the benches, which print whether
//! code is aligned.

use std::env;

fn main() {
    println!("cargo:rerun-if-env-changed=CARGO_ENCODED_RUSTFLAGS");
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let aligned = ["-align-all-functions=", "-align-all-nofallthru-blocks="];
    let is_aligned = aligned.iter().all(|flag| flags.contains(flag));
    println!("cargo:rustc-env=POLYPLUG_BENCHES_ALIGNED={is_aligned}");
}
