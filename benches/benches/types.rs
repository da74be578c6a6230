//! What it costs that values cross, for each sort of them.

use std::hint::black_box;

use abi_stable::std_types::{RSlice, RStr, RString, RVec};
use bench_calculator::Calculator;
use bench_contracts::{Arithmetic, Named, Point, Types, TypesProxy};
use bench_loops::repeated;
use bench_peer::PeerNamed;
use polyplug_benches::{Options, Table, library, load_symbol};
use polyplug_runtime::{NativeLoader, Runtime};

fn main() {
    let options = Options::from_env();
    options.announce("types");
    // SAFETY: the loader gets a fixture of this repository alone.
    let runtime = Runtime::builder().loader(unsafe { NativeLoader::new() }).build().unwrap();
    runtime.load(library("bench-calculator")).unwrap();
    let proxy = runtime.get::<dyn Types>().unwrap();
    let in_process: Box<dyn Types> = Box::new(Calculator);
    let called = Called { proxy: &proxy, in_process: black_box(&*in_process), options };

    called.numbers();
    called.structs();
    for (size, len) in [("16 bytes", 16), ("4 KiB", 4 << 10), ("1 MiB", 1 << 20)] {
        called.texts(size, len);
        called.slices(size, len);
    }
    called.lent();
    called.closure();
}

/// What is compared.
struct Called<'a> {
    proxy: &'a TypesProxy,
    in_process: &'a dyn Types,
    options: Options,
}

impl Called<'_> {
    fn numbers(&self) {
        self.compare(
            "multiply(f64, f64) -> f64".to_owned(),
            || self.in_process.multiply(black_box(3.0), black_box(4.0)) as u64,
            || self.proxy.multiply(black_box(3.0), black_box(4.0)).unwrap() as u64,
            None::<fn() -> u64>,
        );
    }

    fn structs(&self) {
        let point = black_box(Point { x: 1.0, y: 2.0, id: 3 });
        self.compare(
            "a plain struct of 24 bytes, in and out".to_owned(),
            || self.in_process.next_point(point).id,
            || self.proxy.next_point(point).unwrap().id,
            None::<fn() -> u64>,
        );
        let named = Named { name: black_box("x".repeat(16)), value: 3 };
        let peer_named = PeerNamed { name: RString::from(&*named.name), value: 3 };
        // SAFETY: this is the symbol's type.
        let peer: extern "C" fn(PeerNamed) -> PeerNamed =
            unsafe { load_symbol("bench-peer", "bench_peer_next_named") };
        self.compare(
            "a struct with a String of 16 bytes, in and out, cloned first".to_owned(),
            || self.in_process.next_named(named.clone()).value,
            || self.proxy.next_named(named.clone()).unwrap().value,
            Some(|| peer(peer_named.clone()).value),
        );
    }

    fn texts(&self, size: &str, len: usize) {
        let text = black_box("x".repeat(len));
        let peer_text = RString::from(&*text);
        // SAFETY: these are the symbols' types.
        let (lend, give, get): (
            extern "C" fn(RStr<'_>) -> u64,
            extern "C" fn(RString) -> u64,
            extern "C" fn(u64) -> RString,
        ) = unsafe {
            (
                load_symbol("bench-peer", "bench_peer_lend_text"),
                load_symbol("bench-peer", "bench_peer_give_text"),
                load_symbol("bench-peer", "bench_peer_get_text"),
            )
        };
        self.compare(
            format!("&str in, {size}"),
            || self.in_process.lend_text(&text),
            || self.proxy.lend_text(&text).unwrap(),
            Some(|| lend(RStr::from(&*text))),
        );
        self.compare(
            format!("String in, {size}, cloned first"),
            || self.in_process.give_text(text.clone()),
            || self.proxy.give_text(text.clone()).unwrap(),
            Some(|| give(peer_text.clone())),
        );
        self.compare(
            format!("String out, {size}"),
            || self.in_process.get_text(len as u64).len() as u64,
            || self.proxy.get_text(len as u64).unwrap().len() as u64,
            Some(|| get(len as u64).len() as u64),
        );
    }

    fn slices(&self, size: &str, len: usize) {
        let bytes = black_box(vec![1_u8; len]);
        let peer_bytes = RVec::from(bytes.clone());
        // SAFETY: these are the symbols' types.
        let (lend, give, get): (
            extern "C" fn(RSlice<'_, u8>) -> u64,
            extern "C" fn(RVec<u8>) -> u64,
            extern "C" fn(u64) -> RVec<u8>,
        ) = unsafe {
            (
                load_symbol("bench-peer", "bench_peer_lend_bytes"),
                load_symbol("bench-peer", "bench_peer_give_bytes"),
                load_symbol("bench-peer", "bench_peer_get_bytes"),
            )
        };
        self.compare(
            format!("&[u8] in, {size}"),
            || self.in_process.lend_bytes(&bytes),
            || self.proxy.lend_bytes(&bytes).unwrap(),
            Some(|| lend(RSlice::from(&*bytes))),
        );
        self.compare(
            format!("Vec<u8> in, {size}, cloned first"),
            || self.in_process.give_bytes(bytes.clone()),
            || self.proxy.give_bytes(bytes.clone()).unwrap(),
            Some(|| give(peer_bytes.clone())),
        );
        self.compare(
            format!("Vec<u8> out, {size}"),
            || self.in_process.get_bytes(len as u64).len() as u64,
            || self.proxy.get_bytes(len as u64).unwrap().len() as u64,
            Some(|| get(len as u64).len() as u64),
        );
    }

    fn lent(&self) {
        let in_process: Box<dyn Arithmetic> = Box::new(Calculator);
        let in_process = black_box(&*in_process);
        self.compare(
            "&dyn Arithmetic lent, called 1,000 times".to_owned(),
            || self.in_process.through_lent(in_process, 1_000).into(),
            || self.proxy.through_lent(in_process, 1_000).unwrap().into(),
            None::<fn() -> u64>,
        );
    }

    fn closure(&self) {
        self.compare(
            "&mut dyn FnMut(u32) called 1,000 times in one call".to_owned(),
            || sum_of(|each| self.in_process.through_closure(black_box(1_000), each)),
            || sum_of(|each| self.proxy.through_closure(black_box(1_000), each).unwrap()),
            None::<fn() -> u64>,
        );
    }

    /// One table: through `dyn Trait`, through the proxy, and in the types of
    /// abi_stable where that has the like. All give the same.
    fn compare(
        &self,
        title: String,
        in_process: impl Fn() -> u64,
        proxy: impl Fn() -> u64,
        peer: Option<impl Fn() -> u64>,
    ) {
        let expected = in_process();
        let is_all = |sum: u64, calls: u64| assert_eq!(sum, expected.wrapping_mul(calls));
        let floor = |calls| is_all(repeated(calls, &in_process), calls);
        let mut table = Table::new(title, "dyn Trait in process", floor);
        let proxy_arm =
            table.arm("following proxy", None, |calls| is_all(repeated(calls, &proxy), calls));
        if let Some(peer) = &peer {
            let peer_arm =
                table.arm("abi_stable", None, move |calls| is_all(repeated(calls, peer), calls));
            table.row("  the proxy beside abi_stable", None, move |round| {
                round.ns(proxy_arm) / round.ns(peer_arm)
            });
        }
        table.run(self.options);
    }
}

/// The sum of what `call` gives to a closure.
fn sum_of(call: impl FnOnce(&mut dyn FnMut(u32))) -> u64 {
    let mut sum = 0_u64;
    call(&mut |number| sum += u64::from(number));
    sum
}
