use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Superseded, Trie};

/// Versions with what each must hold. Kept together: nothing is freed while any of
/// them may be read.
struct Line {
    versions: Vec<(Trie<Arc<u32>>, Model)>,
    superseded: Vec<Superseded<Arc<u32>>>,
}

type Model = BTreeMap<u64, Arc<u32>>;

#[derive(Clone, Debug)]
enum Op {
    Insert(u64, u32),
    Remove(u64),
}

/// Dense keys, keys that differ in their highest digits alone, and any.
fn key() -> impl Strategy<Value = u64> {
    prop_oneof![0..40u64, (0..20u64).prop_map(|key| key << 59 | 7), any::<u64>()]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        (key(), any::<u32>()).prop_map(|(key, value)| Op::Insert(key, value)),
        key().prop_map(Op::Remove),
    ]
}

impl Line {
    fn new() -> Self {
        Self { versions: vec![(Trie::new(), BTreeMap::new())], superseded: Vec::new() }
    }

    fn edit(&mut self, ops: &[Op], commit: bool) {
        let Some((base, model)) = self.versions.last() else { return };
        let mut model = model.clone();
        // SAFETY: a line keeps all its versions, edits the last, and drops what is
        // superseded when nobody reads.
        let mut edit = unsafe { base.edit() };
        for op in ops {
            match *op {
                Op::Insert(key, value) => {
                    let value = Arc::new(value);
                    edit.insert(key, Arc::clone(&value));
                    model.insert(key, value);
                }
                Op::Remove(key) => {
                    edit.remove(key);
                    model.remove(&key);
                }
            }
        }
        assert!(model.iter().all(|(key, value)| edit.get(*key) == Some(value)));
        if commit {
            let (next, superseded) = edit.commit();
            self.superseded.push(superseded);
            self.versions.push((next, model));
        }
    }
}

proptest! {
    #[test]
    fn every_version_goes_on_holding_what_it_held(
        edits in vec((vec(op(), 0..12), any::<bool>()), 0..30),
        absent in vec(key(), 10),
    ) {
        let mut line = Line::new();
        for (ops, commit) in &edits {
            line.edit(ops, *commit);
        }
        let touched = edits.iter().flat_map(|(ops, _)| ops).map(|op| match op {
            Op::Insert(key, _) | Op::Remove(key) => *key,
        });
        for key in touched.chain(absent) {
            for (trie, model) in &line.versions {
                prop_assert_eq!(trie.get(key), model.get(&key));
            }
        }
        let values: Vec<_> = line.versions.iter().flat_map(|(_, model)| model.values()).cloned().collect();
        drop(line);
        // Nothing but this list is left of the values, each of which it may hold
        // several times.
        for value in &values {
            let held = values.iter().filter(|other| Arc::ptr_eq(other, value)).count();
            prop_assert_eq!(Arc::strong_count(value), held);
        }
    }
}

#[test]
fn a_trie_emptied_again_has_no_nodes() {
    let mut line = Line::new();
    let keys = [0, 1, 1 << 60, 1 << 63];
    line.edit(&keys.map(|key| Op::Insert(key, 0)), true);
    line.edit(&keys.map(Op::Remove), true);
    assert!(line.versions[2].0.root.pointer.is_null());
}

#[test]
fn a_leaf_moves_up_when_it_is_alone() {
    let mut line = Line::new();
    line.edit(&[Op::Insert(0, 0), Op::Insert(1 << 60, 0), Op::Remove(0)], true);
    assert!(line.versions[1].0.root.as_leaf().is_some());
}
