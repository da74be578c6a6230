//! Values of the fixture's own types.

use fixture_crossing::{Empty, Label, Level, Marker, Pair, Point, Shape};
use proptest::prelude::*;

use super::values::Sample;

macro_rules! samples {
    ($($ty:ty: $strategy:expr;)*) => {$(
        impl Sample for $ty {
            fn any() -> BoxedStrategy<Self> {
                $strategy.boxed()
            }

            fn is_same(&self, other: &Self) -> bool {
                self == other
            }
        }
    )*};
}

samples! {
    Point: <(u8, [i32; 3], u64)>::any().prop_map(|(layer, place, id)| Point { layer, place, id });
    Label: <(String, Option<Level>, Point)>::any()
        .prop_map(|(text, r#type, at)| Label { text, r#type, at });
    Pair: <(u16, Option<String>)>::any().prop_map(|(a, b)| Pair(a, b));
    Marker: Just(Marker);
    Empty: Just(Empty {});
    Level: prop_oneof![Just(Level::Low), Just(Level::High)];
    Shape: prop_oneof![
        Just(Shape::Nothing),
        <(Point, u8)>::any().prop_map(|(point, radius)| Shape::Circle(point, radius)),
        <(Label, Option<std::time::Duration>)>::any()
            .prop_map(|(label, shown_for)| Shape::Text { label, shown_for }),
        Just(Shape::Blank {}),
        <Vec<(Marker, Level)>>::any().prop_map(Shape::Marks),
    ];
}
