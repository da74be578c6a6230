//! What a call costs.

use std::hint::black_box;

use bench_calculator::Calculator;
use bench_contracts::{Arithmetic, Bytes, BytesProxy, Checked, Types, TypesProxy};
use bench_loops::{
    PeerEcho, checked_dyn, checked_proxy, dyn_add, echo_dyn, echo_peer, echo_proxy, echo_uncopied,
    pinned_add, proxy_add, proxy_add_sites, raw_add, raw_add_sites, sum_dyn, sum_proxy,
};
use polyplug_benches::{Options, Table, floor_add, library, load_symbol};
use polyplug_runtime::{NativeLoader, Runtime};

fn main() {
    let options = Options::from_env();
    options.announce("call");
    // SAFETY: the loader gets a fixture of this repository alone.
    let runtime = Runtime::builder().loader(unsafe { NativeLoader::new() }).build().unwrap();
    runtime.load(library("bench-calculator")).unwrap();

    add(&runtime, options);
    let bytes = runtime.get::<dyn Bytes>().unwrap();
    let types = runtime.get::<dyn Types>().unwrap();
    echo("echo(&str) -> String, 16 bytes", &bytes, &types, 16, options);
    echo("echo(&str) -> String, 4 KiB", &bytes, &types, 4096, options);
    sum(&bytes, options);
    checked(&runtime, options);
}

fn add(runtime: &Runtime, options: Options) {
    let add = floor_add();
    let in_process: Box<dyn Arithmetic> = Box::new(Calculator);
    let in_process = black_box(&*in_process);
    let proxy = runtime.get::<dyn Arithmetic>().unwrap();

    let floor = |calls| is_sum(raw_add(add, calls), calls);
    let pinned = proxy.pin().unwrap();
    let mut table = Table::new("add(u32, u32) -> u32", "raw dlsym, by value", floor);
    table.arm("dyn Trait in process", None, |calls| is_sum(dyn_add(in_process, calls), calls));
    table.arm("following proxy", Some(2.25), |calls| is_sum(proxy_add(&proxy, calls), calls));
    table.arm("pinned proxy", Some(1.6), |calls| is_sum(pinned_add(&pinned, calls), calls));
    let raw_site = table.arm("raw dlsym, call site outside a loop", None, |calls| {
        is_sum(raw_add_sites(add, calls), calls);
    });
    let proxy_site = table.arm("following proxy, call site outside a loop", None, |calls| {
        is_sum(proxy_add_sites(&proxy, calls), calls);
    });
    table.row("  the same beside the raw one outside a loop", None, move |round| {
        round.ns(proxy_site) / round.ns(raw_site)
    });
    table.run(options);
}

fn echo(title: &'static str, proxy: &BytesProxy, types: &TypesProxy, len: usize, options: Options) {
    // SAFETY: this is the symbol's type.
    let peer: PeerEcho = unsafe { load_symbol("bench-peer", "bench_peer_echo") };
    let in_process: Box<dyn Bytes> = Box::new(Calculator);
    let in_process = black_box(&*in_process);
    let text = black_box("x".repeat(len));
    let is_all = |bytes: usize, calls: u64| assert_eq!(bytes as u64, calls * len as u64);

    let floor = |calls| is_all(echo_peer(peer, &text, calls), calls);
    let mut table = Table::new(title, "abi_stable, RStr to RString", floor);
    let dyn_arm = table.arm("dyn Trait in process", None, |calls| {
        is_all(echo_dyn(in_process, &text, calls), calls);
    });
    let proxy_arm = table.arm("following proxy", Some(2.0), |calls| {
        is_all(echo_proxy(proxy, &text, calls), calls);
    });
    table.row("  the same beside dyn Trait", None, move |round| {
        round.ns(proxy_arm) / round.ns(dyn_arm)
    });
    table.arm("following proxy, AbiString", Some(1.0), |calls| {
        is_all(echo_uncopied(types, &text, calls), calls);
    });
    table.run(options);
}

fn sum(proxy: &BytesProxy, options: Options) {
    let in_process: Box<dyn Bytes> = Box::new(Calculator);
    let in_process = black_box(&*in_process);
    let data = black_box(vec![1_u8; 4096]);
    let is_all = |sum: u64, calls: u64| assert_eq!(sum, calls * data.len() as u64);

    let floor = |calls| is_all(sum_dyn(in_process, &data, calls), calls);
    let mut table = Table::new("sum(&[u8]) -> u64, 4 KiB", "dyn Trait in process", floor);
    table.arm("following proxy", None, |calls| is_all(sum_proxy(proxy, &data, calls), calls));
    table.run(options);
}

fn checked(runtime: &Runtime, options: Options) {
    let in_process: Box<dyn Checked> = Box::new(Calculator);
    let in_process = black_box(&*in_process);
    let proxy = runtime.get::<dyn Checked>().unwrap();

    let floor = |calls| is_last(checked_dyn(in_process, calls), calls);
    let title = "checked_add(u32, u32) -> Result<u32, String>, Ok";
    let mut table = Table::new(title, "dyn Trait in process", floor);
    table.arm("following proxy", None, |calls| is_last(checked_proxy(&proxy, calls), calls));
    table.run(options);
}

/// That the numbers below `calls` were added up, which also keeps the work alive.
fn is_sum(sum: u32, calls: u64) {
    assert_eq!(sum, (calls * calls.saturating_sub(1) / 2) as u32);
}

/// That the last of the chain of checked sums came out, one way or the other.
fn is_last(last: u32, calls: u64) {
    assert!(u64::from(last) <= calls);
}
