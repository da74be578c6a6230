//! How values lie in memory: what C makes of their fields in order.

use std::alloc::Layout;
use std::time::Duration;

use polyplug_guest::PluginError;
use polyplug_guest::abi::{
    LentClosure, LentObject, RawOwned, RawProxy, RawSlice, RawSliceMut, RawStr, RawVec, TypeKind,
};
use polyplug_guest::private::Value;

use super::types::{Details, Type};

/// How large a value may be: it stands on the stack when it is passed.
pub(super) const MAX_SIZE: usize = 1 << 20;

/// A value would be larger than [`MAX_SIZE`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct TooLarge;

/// How values of a type lie in memory.
pub(super) fn of(
    kind: TypeKind,
    parameters: &[Type],
    details: &Details,
) -> Result<Layout, TooLarge> {
    let layout = match kind {
        TypeKind::Unit | TypeKind::Bool | TypeKind::U8 | TypeKind::I8 => Layout::new::<u8>(),
        TypeKind::U16 | TypeKind::I16 => Layout::new::<u16>(),
        TypeKind::U32 | TypeKind::I32 | TypeKind::F32 | TypeKind::Char => Layout::new::<u32>(),
        TypeKind::U64 | TypeKind::I64 | TypeKind::Usize | TypeKind::Isize => Layout::new::<u64>(),
        TypeKind::F64 => Layout::new::<f64>(),
        TypeKind::Str => Layout::new::<RawStr>(),
        TypeKind::Slice => Layout::new::<RawSlice<u8>>(),
        TypeKind::SliceMut => Layout::new::<RawSliceMut<u8>>(),
        TypeKind::String | TypeKind::Vec => Layout::new::<RawVec<u8>>(),
        TypeKind::AbiString | TypeKind::AbiVec => Layout::new::<RawOwned<u8>>(),
        TypeKind::Duration => Layout::new::<<Duration as Value>::Abi>(),
        TypeKind::PluginError => Layout::new::<<PluginError as Value>::Abi>(),
        TypeKind::Proxy => Layout::new::<RawProxy>(),
        TypeKind::Contract | TypeKind::ContractMut => Layout::new::<*const LentObject>(),
        TypeKind::Fn | TypeKind::FnMut => Layout::new::<*const LentClosure>(),
        TypeKind::Option | TypeKind::Result => tagged(parameters)?,
        TypeKind::Tuple | TypeKind::Struct => fields(parameters)?,
        TypeKind::Array => array(parameters, details.count)?,
        TypeKind::Enum => variants(parameters)?,
    };
    let layout = layout.pad_to_align();
    if layout.size() > MAX_SIZE { Err(TooLarge) } else { Ok(layout) }
}

/// Fields in order. Without any there is one byte.
fn fields(parameters: &[Type]) -> Result<Layout, TooLarge> {
    let whole = parameters.iter().try_fold(Layout::new::<()>(), |before, field| {
        before.extend(field.layout).map(|(whole, _)| whole).map_err(|_| TooLarge)
    })?;
    Ok(if whole.size() == 0 { Layout::new::<u8>() } else { whole })
}

/// A `u32`, then one of several values.
fn tagged(alternatives: &[Type]) -> Result<Layout, TooLarge> {
    let (size, align) = alternatives.iter().fold((0, 1), |(size, align), alternative| {
        (size.max(alternative.layout.size()), align.max(alternative.layout.align()))
    });
    let one = Layout::from_size_align(size, align).map_err(|_| TooLarge)?;
    let (whole, _) = Layout::new::<u32>().extend(one.pad_to_align()).map_err(|_| TooLarge)?;
    Ok(whole)
}

/// A `u32`, then the fields of one variant, if any variant has some.
fn variants(variants: &[Type]) -> Result<Layout, TooLarge> {
    let with_fields: Vec<_> =
        variants.iter().filter(|variant| variant.kind != TypeKind::Unit).cloned().collect();
    if with_fields.is_empty() { Ok(Layout::new::<u32>()) } else { tagged(&with_fields) }
}

/// Elements, or one byte as large as their alignment when there are none.
fn array(parameters: &[Type], count: u32) -> Result<Layout, TooLarge> {
    let Some(element) = parameters.first() else { return Err(TooLarge) };
    let count = usize::try_from(count).map_err(|_| TooLarge)?;
    let size = element.layout.size().checked_mul(count).ok_or(TooLarge)?;
    Layout::from_size_align(size.max(1), element.layout.align()).map_err(|_| TooLarge)
}
