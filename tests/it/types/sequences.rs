//! Text, slices and vectors: none, one, many, and all sorts of content.

use fixture_types::{Slices, Vectors};

use super::types;

const MIB: usize = 1 << 20;

/// Texts at which an encoding could go wrong.
fn texts() -> Vec<String> {
    let mut texts: Vec<_> =
        ["", "a", "\0", "a\0b\0", "ä", "\u{10ffff}", "\u{d7ff}\u{e000}"].map(str::to_owned).into();
    texts.push("\0".repeat(100));
    texts.push("ß€😀".repeat(MIB / 9));
    texts.push("x".repeat(MIB));
    texts
}

#[test]
fn text_crosses_lent_and_owned() {
    let (slices, vectors) = (types::<dyn Slices>(), types::<dyn Vectors>());
    for text in texts() {
        assert!(slices.read_str(&text).unwrap() == text);
        assert!(vectors.echo_string(text.clone()).unwrap() == text);
    }
    assert!(vectors.echo_strings(texts()).unwrap() == texts());
}

#[test]
fn integers_cross_lent_and_owned() {
    let (slices, vectors) = (types::<dyn Slices>(), types::<dyn Vectors>());
    macro_rules! crosses {
        ($($ty:ident $read:ident $turn:ident $echo:ident;)*) => {$(
            let many = (0..MIB / size_of::<$ty>()).map(|i| i as $ty).collect();
            for values in [vec![], vec![$ty::MIN], vec![$ty::MAX, 0, $ty::MIN, 1], many] {
                assert!(slices.$read(&values).unwrap() == values);
                assert!(vectors.$echo(values.clone()).unwrap() == values);
                let mut turned = values.clone();
                slices.$turn(&mut turned).unwrap();
                turned.reverse();
                assert!(turned == values);
            }
        )*};
    }
    crosses! {
        u8 read_u8 turn_u8 echo_u8s;
        u16 read_u16 turn_u16 echo_u16s;
        u32 read_u32 turn_u32 echo_u32s;
        u64 read_u64 turn_u64 echo_u64s;
        i8 read_i8 turn_i8 echo_i8s;
        i16 read_i16 turn_i16 echo_i16s;
        i32 read_i32 turn_i32 echo_i32s;
        i64 read_i64 turn_i64 echo_i64s;
    }
}

#[test]
fn every_bit_of_floats_crosses_lent_and_owned() {
    let (slices, vectors) = (types::<dyn Slices>(), types::<dyn Vectors>());
    macro_rules! crosses {
        ($($ty:ident $read:ident $turn:ident $echo:ident;)*) => {$(
            let bits = |values: &[$ty]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            for mut values in [vec![], vec![0.0, -0.0, $ty::NAN, -$ty::NAN, $ty::MIN, $ty::INFINITY]] {
                assert_eq!(bits(&slices.$read(&values).unwrap()), bits(&values));
                assert_eq!(bits(&vectors.$echo(values.clone()).unwrap()), bits(&values));
                let before = bits(&values);
                slices.$turn(&mut values).unwrap();
                values.reverse();
                assert_eq!(bits(&values), before);
            }
        )*};
    }
    crosses! {
        f32 read_f32 turn_f32 echo_f32s;
        f64 read_f64 turn_f64 echo_f64s;
    }
}

#[test]
fn vectors_of_what_is_no_plain_number_cross() {
    let vectors = types::<dyn Vectors>();
    macro_rules! crosses {
        ($($echo:ident: $value:expr;)*) => {$(
            assert!(vectors.$echo(Vec::new()).unwrap().is_empty());
            let values = $value;
            assert_eq!(vectors.$echo(values.clone()).unwrap(), values);
        )*};
    }
    crosses! {
        echo_usizes: vec![0, usize::MAX, 1];
        echo_isizes: vec![isize::MIN, -1, isize::MAX];
        echo_bools: vec![true, false, true];
        echo_chars: "\0a\u{d7ff}\u{10ffff}".chars().collect::<Vec<_>>();
        echo_units: vec![(); 1000];
        echo_strings: vec![String::new(), "\0".to_owned(), "x".repeat(MIB)];
        echo_byte_vecs: vec![vec![], vec![0, 255], vec![7; MIB]];
        echo_string_vecs: vec![vec![], vec![String::new()], vec!["a".to_owned(); 3]];
        echo_results: vec![Ok(i8::MIN), Err(String::new()), Err("no".to_owned()), Ok(i8::MAX)];
    }
}
