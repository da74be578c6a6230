//! Every type crosses, in both directions, as it does for a native plugin.

use std::sync::Arc;

use fixture_lua_contracts::{Types, TypesProxy};
use polyplug_runtime::{CallError, PluginError, Runtime};

use super::support::{fixture, runtime};
use crate::support::library;

/// The same plugin in Rust and in Lua, called by the host and by a third one in Lua,
/// which also calls the one in Rust as a service of the host's.
fn both() -> (Runtime, Vec<TypesProxy>) {
    let runtime = runtime();
    let native = runtime.load(library("fixture-lua-types")).unwrap();
    let lua = runtime.load(fixture("types")).unwrap();
    runtime.load(fixture("relay")).unwrap();
    runtime.provide::<dyn Types>(Arc::new(fixture_lua_types::Native)).unwrap();
    let from_host = runtime.request::<dyn Types>().bundle("relay").config("the host");
    let mut proxies = vec![from_host.get().unwrap()];
    for bundle in [native.name(), lua.name()] {
        proxies.push(runtime.get_from::<dyn Types>(bundle).unwrap());
        let relayed = runtime.request::<dyn Types>().bundle("relay").config(bundle);
        proxies.push(relayed.get().unwrap());
    }
    (runtime, proxies)
}

#[test]
fn scalars_cross_as_they_are() {
    let (_runtime, proxies) = both();
    for proxy in &proxies {
        proxy.unit().unwrap();
        for value in [true, false] {
            assert_eq!(proxy.boolean(value).unwrap(), value);
        }
        for value in ['a', '\0', 'ß', '€', '\u{10ffff}'] {
            assert_eq!(proxy.character(value).unwrap(), value);
        }
        for value in [0, 1, u8::MAX] {
            assert_eq!(proxy.u8(value).unwrap(), value);
        }
        for value in [0, 1, u16::MAX] {
            assert_eq!(proxy.u16(value).unwrap(), value);
        }
        for value in [0, 1, u32::MAX] {
            assert_eq!(proxy.u32(value).unwrap(), value);
        }
        for value in [i8::MIN, -1, 0, i8::MAX] {
            assert_eq!(proxy.i8(value).unwrap(), value);
        }
        for value in [i16::MIN, -1, 0, i16::MAX] {
            assert_eq!(proxy.i16(value).unwrap(), value);
        }
        for value in [i32::MIN, -1, 0, i32::MAX] {
            assert_eq!(proxy.i32(value).unwrap(), value);
        }
    }
}

#[test]
fn integers_of_64_bits_are_exact() {
    let (_runtime, proxies) = both();
    let edge = 1_u64 << 53;
    let unsigned = [0, 1, edge - 1, edge, edge + 1, 1 << 63, (1 << 63) + 1, u64::MAX - 1, u64::MAX];
    let signed = [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX];
    for proxy in &proxies {
        for value in unsigned {
            assert_eq!(proxy.u64(value).unwrap(), value);
            assert_eq!(proxy.usize(value as usize).unwrap(), value as usize);
        }
        for value in signed.into_iter().chain([edge as i64 + 1, -(edge as i64) - 1]) {
            assert_eq!(proxy.i64(value).unwrap(), value);
            assert_eq!(proxy.isize(value as isize).unwrap(), value as isize);
        }
        assert_eq!(proxy.large_numbers(&signed).unwrap(), signed);
    }
}

#[test]
fn floats_keep_their_extremes() {
    let (_runtime, proxies) = both();
    for proxy in &proxies {
        for value in [0.0, -0.0, 1.5, f64::MIN, f64::MAX, f64::INFINITY, f64::MIN_POSITIVE] {
            assert_eq!(proxy.f64(value).unwrap().to_bits(), value.to_bits());
        }
        for value in [0.0, -0.0, 1.5, f32::MIN, f32::MAX, f32::NEG_INFINITY] {
            assert_eq!(proxy.f32(value).unwrap().to_bits(), value.to_bits());
        }
        assert!(proxy.f64(f64::NAN).unwrap().is_nan());
        assert!(proxy.f32(f32::NAN).unwrap().is_nan());
        assert!(proxy.floats(&[f64::NAN]).unwrap()[0].is_nan());
        // Bits that LuaJIT gives a meaning of its own must not reach it as such.
        for bits in [u64::MAX, 0xfff9_0000_0000_0000, 0x7ff0_0000_0000_0001] {
            assert!(proxy.f64(f64::from_bits(bits)).unwrap().is_nan());
            assert!(proxy.floats(&[f64::from_bits(bits)]).unwrap()[0].is_nan());
        }
    }
}

#[test]
fn texts_and_bytes_may_hold_anything() {
    let (_runtime, proxies) = both();
    let large = "ß€".repeat(1 << 20);
    for proxy in &proxies {
        for text in ["", "a", "zero\0inside\0", "ß€\u{10ffff}", &large] {
            assert_eq!(proxy.text(text).unwrap(), text);
            assert_eq!(proxy.owned_text(text.to_owned()).unwrap(), text);
        }
        for bytes in [&b""[..], b"\0", b"\xff\xfe\0\x80", large.as_bytes()] {
            assert_eq!(proxy.bytes(bytes).unwrap(), bytes);
        }
    }
}

#[test]
fn lists_may_be_empty_large_and_nested() {
    let (_runtime, proxies) = both();
    let large: Vec<u32> = (0..100_000).collect();
    let texts = vec![String::new(), "a\0b".to_owned(), "ß".repeat(1000)];
    let nested = vec![vec![], vec![1, 2], vec![u16::MAX; 300]];
    let results = vec![Ok(1), Err("no".to_owned()), Ok(0), Err(String::new())];
    for proxy in &proxies {
        assert!(proxy.numbers(&[]).unwrap().is_empty());
        assert_eq!(proxy.numbers(&large).unwrap(), large);
        assert_eq!(proxy.texts(vec![]).unwrap(), Vec::<String>::new());
        assert_eq!(proxy.texts(texts.clone()).unwrap(), texts);
        assert_eq!(proxy.nested(nested.clone()).unwrap(), nested);
        assert_eq!(proxy.booleans(vec![true, false, true]).unwrap(), [true, false, true]);
        assert_eq!(proxy.results(results.clone()).unwrap(), results);
    }
}

#[test]
fn a_method_has_errors_of_its_own() {
    let (_runtime, proxies) = both();
    for proxy in &proxies {
        assert_eq!(proxy.result(Ok(u64::MAX)).unwrap(), u64::MAX);
        match proxy.result(Err("refused".to_owned())) {
            Err(CallError::Method(error)) => assert_eq!(error, "refused"),
            other => panic!("{other:?}"),
        }
        match proxy.error(PluginError::msg("kaputt").with_kind(7)) {
            Err(CallError::Method(error)) => {
                assert_eq!((error.message(), error.kind()), ("kaputt", 7));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_is_lent_to_be_written_is_written() {
    let (_runtime, proxies) = both();
    for proxy in &proxies {
        let mut numbers = [1, 2, 3, 1 << 30];
        proxy.double(&mut numbers).unwrap();
        assert_eq!(numbers, [2, 4, 6, 1 << 31]);
        let mut large = [i64::MIN, -1, 5, i64::MAX];
        proxy.reverse(&mut large).unwrap();
        assert_eq!(large, [i64::MAX, 5, -1, i64::MIN]);
        let mut floats = [1.0, -3.0];
        proxy.halve(&mut floats).unwrap();
        assert_eq!(floats, [0.5, -1.5]);
        proxy.double(&mut []).unwrap();
    }
}

#[test]
fn kinds_may_be_mixed() {
    let (_runtime, proxies) = both();
    for proxy in &proxies {
        assert_eq!(proxy.add(2, 3).unwrap(), 5);
        let text = proxy.mixed(7, "b\0", i64::MIN, true, 1.5, '€').unwrap();
        assert_eq!(text, format!("7 b\0 {} true 1.5 €", i64::MIN));
    }
}
