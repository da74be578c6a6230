//! Whatever crosses comes back as it was.

use fixture_types::{Outcomes, Scalars, Slices, Vectors};
use polyplug_runtime::CallError;
use proptest::collection::vec;
use proptest::prelude::*;

use super::types;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_comes_back(text in any::<String>()) {
        prop_assert_eq!(&types::<dyn Slices>().read_str(&text).unwrap(), &text);
        prop_assert_eq!(types::<dyn Vectors>().echo_string(text.clone()).unwrap(), text);
    }

    #[test]
    fn any_texts_come_back(texts in vec(vec(any::<String>(), 0..4), 0..8)) {
        prop_assert_eq!(types::<dyn Vectors>().echo_string_vecs(texts.clone()).unwrap(), texts);
    }

    #[test]
    fn any_bytes_come_back(bytes in vec(vec(any::<u8>(), 0..200), 0..10)) {
        prop_assert_eq!(types::<dyn Vectors>().echo_byte_vecs(bytes.clone()).unwrap(), bytes);
    }

    #[test]
    fn any_numbers_come_back(numbers in vec(any::<i64>(), 0..200)) {
        prop_assert_eq!(&types::<dyn Slices>().read_i64(&numbers).unwrap(), &numbers);
        prop_assert_eq!(types::<dyn Vectors>().echo_i64s(numbers.clone()).unwrap(), numbers);
    }

    #[test]
    fn any_scalars_come_back(bits in any::<u64>(), letter in any::<char>()) {
        let types = types::<dyn Scalars>();
        prop_assert_eq!(types.echo_u64(bits).unwrap(), bits);
        prop_assert_eq!(types.echo_i16(bits as i16).unwrap(), bits as i16);
        prop_assert_eq!(types.echo_f64(f64::from_bits(bits)).unwrap().to_bits(), bits);
        prop_assert_eq!(types.echo_f32(f32::from_bits(bits as u32)).unwrap().to_bits(), bits as u32);
        prop_assert_eq!(types.echo_char(letter).unwrap(), letter);
    }

    #[test]
    fn any_results_come_back(
        result in any::<Result<u32, String>>(),
        results in vec(any::<Result<i8, String>>(), 0..20),
    ) {
        let back = match types::<dyn Outcomes>().echo_result(result.clone()) {
            Err(CallError::Method(error)) => Err(error),
            other => Ok(other.unwrap()),
        };
        prop_assert_eq!(back, result);
        prop_assert_eq!(types::<dyn Vectors>().echo_results(results.clone()).unwrap(), results);
    }
}
