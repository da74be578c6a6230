//! Records in the order in which C needs them: what lies inside comes first.

use std::collections::{HashMap, HashSet};

use super::source::{Record, Source};
use super::types::{CType, Names};

/// A record with its parameters filled in.
pub(crate) struct Defined<'a> {
    pub(crate) record: &'a Record,
    pub(crate) name: String,
    pub(crate) fields: Vec<(String, CType)>,
}

/// All records that are not generic, and those that are as they are needed.
pub(crate) fn records<'a>(source: &'a Source, wanted: &[CType]) -> Vec<Defined<'a>> {
    let by_name = source.records.iter().map(|it| (&*it.name, it)).collect();
    let mut order = Order { by_name, seen: HashSet::new(), defined: Vec::new() };
    for record in source.records.iter().filter(|it| it.parameters.is_empty()) {
        order.add(&CType::Named(super::types::c_name(&record.name)), record, None);
    }
    for ty in source.functions.iter().map(|it| CType::of(&it.ty, &Names::new())) {
        order.need_all(&ty);
    }
    wanted.iter().for_each(|ty| order.need(ty));
    order.defined
}

struct Order<'a> {
    by_name: HashMap<&'a str, &'a Record>,
    seen: HashSet<String>,
    defined: Vec<Defined<'a>>,
}

impl<'a> Order<'a> {
    /// Adds the record that `ty` is, if it is one.
    fn need(&mut self, ty: &CType) {
        match ty {
            CType::Named(name) => {
                let found =
                    self.by_name.values().find(|it| super::types::c_name(&it.name) == *name);
                if let Some(record) = found.copied() {
                    self.add(ty, record, None);
                }
            }
            CType::Instance(name, parameter) => {
                if let Some(record) = self.by_name.get(&**name).copied() {
                    self.add(ty, record, Some(parameter));
                }
            }
            CType::Array { of, .. } => self.need(of),
            // What is pointed at may come later, but generic records are made for
            // whoever mentions them.
            CType::Pointer { .. } | CType::Function { .. } => self.need_all(ty),
        }
    }

    /// Adds the generic records that `ty` mentions anywhere.
    fn need_all(&mut self, ty: &CType) {
        match ty {
            CType::Named(_) => (),
            CType::Instance(..) => self.need(ty),
            CType::Array { of, .. } => self.need_all(of),
            CType::Pointer { to, .. } => self.need_all(to),
            CType::Function { arguments, result } => {
                arguments.iter().for_each(|(_, ty)| self.need_all(ty));
                self.need_all(result);
            }
        }
    }

    fn add(&mut self, ty: &CType, record: &'a Record, parameter: Option<&CType>) {
        let name = ty.name();
        if !self.seen.insert(name.clone()) {
            return;
        }
        let mut names = Names::from([("Self".to_owned(), ty.clone())]);
        names.extend(record.parameters.iter().cloned().zip(parameter.cloned()));
        let fields: Vec<_> = record
            .fields
            .iter()
            .map(|field| (super::types::c_field(&field.name), CType::of(&field.ty, &names)))
            .collect();
        fields.iter().for_each(|(_, ty)| self.need(ty));
        self.defined.push(Defined { record, name, fields });
    }
}
