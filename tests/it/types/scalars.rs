//! Values of one or two registers, at their extremes.

use fixture_types::Scalars;

use super::types;

#[test]
fn every_integer_crosses_at_its_extremes() {
    let types = types::<dyn Scalars>();
    macro_rules! crosses {
        ($($ty:ident $echo:ident),* $(,)?) => {$(
            for value in [$ty::MIN, $ty::MIN + 1, 0, 1, $ty::MAX / 2 + 1, $ty::MAX - 1, $ty::MAX] {
                assert_eq!(types.$echo(value).unwrap(), value);
            }
        )*};
    }
    crosses!(
        u8 echo_u8, u16 echo_u16, u32 echo_u32, u64 echo_u64,
        i8 echo_i8, i16 echo_i16, i32 echo_i32, i64 echo_i64,
        usize echo_usize, isize echo_isize,
    );
    assert_eq!(types.echo_i8(-1).unwrap(), -1);
    assert_eq!(types.echo_i16(-1).unwrap(), -1);
    assert_eq!(types.echo_isize(-1).unwrap(), -1);
}

#[test]
fn every_bit_of_a_float_crosses() {
    let types = types::<dyn Scalars>();
    let nan_with_payload = f32::from_bits(0x7fa0_0001);
    for value in
        [0.0, -0.0, f32::MIN, f32::MAX, f32::MIN_POSITIVE, 1e-45, f32::NAN, nan_with_payload]
    {
        assert_eq!(types.echo_f32(value).unwrap().to_bits(), value.to_bits());
        assert_eq!(types.echo_f32(-value).unwrap().to_bits(), (-value).to_bits());
    }
    let nan_with_payload = f64::from_bits(0x7ff4_0000_0000_0001);
    for value in [0.0, f64::MIN, f64::MAX, f64::INFINITY, 5e-324, f64::NAN, nan_with_payload] {
        assert_eq!(types.echo_f64(value).unwrap().to_bits(), value.to_bits());
        assert_eq!(types.echo_f64(-value).unwrap().to_bits(), (-value).to_bits());
    }
}

#[test]
fn truth_characters_and_nothing_cross() {
    let types = types::<dyn Scalars>();
    for value in [false, true] {
        assert_eq!(types.echo_bool(value).unwrap(), value);
    }
    let boundaries =
        "\0\u{1}\u{7f}\u{80}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{fffd}\u{ffff}\u{10000}\u{10ffff}";
    for value in boundaries.chars() {
        assert_eq!(types.echo_char(value).unwrap(), value);
    }
    let () = types.echo_unit(()).unwrap();
}
