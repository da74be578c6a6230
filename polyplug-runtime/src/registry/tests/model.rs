use std::collections::HashMap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::{ContractHandle, RegistryError, Store};
use super::{entry, find_all, id};

const CONTRACTS: [&str; 3] = ["text", "sums", "log"];

#[derive(Clone, Debug)]
enum Op {
    Insert { serial: u64, contract: usize },
    Replace { which: usize },
    Retire { which: usize },
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => (0..5u64, 0..3usize).prop_map(|(serial, contract)| Op::Insert { serial, contract }),
        1 => any::<usize>().prop_map(|which| Op::Replace { which }),
        2 => any::<usize>().prop_map(|which| Op::Retire { which }),
    ]
}

/// What must be registered.
#[derive(Clone, Default)]
struct Model {
    /// Serial and payload by handle.
    live: HashMap<ContractHandle, (u64, u32)>,
    order: [Vec<ContractHandle>; 3],
}

impl Model {
    fn provides(&self, serial: u64, contract: usize) -> bool {
        self.order[contract].iter().any(|handle| self.live[handle].0 == serial)
    }
}

proptest! {
    #[test]
    fn the_store_does_what_a_list_would(
        changes in vec((vec(op(), 0..8), prop::bool::weighted(0.8)), 0..20),
    ) {
        let store = Store::new();
        let mut model = Model::default();
        let mut given: Vec<ContractHandle> = Vec::new();
        let mut payload = 0;
        for (ops, publish) in changes {
            let mut change = store.change();
            let mut next = model.clone();
            for op in ops {
                payload += 1;
                match op {
                    Op::Insert { serial, contract } => {
                        let inserted = change.insert(entry(serial, CONTRACTS[contract], payload));
                        prop_assert_eq!(inserted.is_err(), next.provides(serial, contract));
                        if let Ok(handle) = inserted {
                            prop_assert!(!next.live.contains_key(&handle));
                            given.push(handle);
                            next.live.insert(handle, (serial, payload));
                            next.order[contract].push(handle);
                        }
                    }
                    Op::Replace { which } if !given.is_empty() => {
                        let handle = given[which % given.len()];
                        let Some(contract) = next.order.iter().position(|o| o.contains(&handle))
                        else {
                            prop_assert!(change.entry(handle).is_err());
                            continue;
                        };
                        let serial = next.live[&handle].0;
                        change.replace(handle, entry(serial, CONTRACTS[contract], payload)).unwrap();
                        next.live.insert(handle, (serial, payload));
                    }
                    Op::Retire { which } if !given.is_empty() => {
                        let handle = given[which % given.len()];
                        let was = next.live.remove(&handle);
                        prop_assert_eq!(change.retire(handle).is_ok(), was.is_some());
                        next.order.iter_mut().for_each(|order| order.retain(|h| *h != handle));
                    }
                    Op::Replace { .. } | Op::Retire { .. } => {}
                }
            }
            if publish {
                change.publish();
                model = next;
            } else {
                drop(change);
            }

            prop_assert_eq!(store.view().count(), model.live.len());
            for (contract, order) in CONTRACTS.iter().zip(&model.order) {
                prop_assert_eq!(&find_all(&store, contract), order);
                prop_assert_eq!(store.find(id(contract)), order.first().copied());
            }
            for &handle in &given {
                match (model.live.get(&handle), store.payload(handle)) {
                    (Some((_, expected)), found) => prop_assert_eq!(found, Ok(*expected)),
                    (None, Err(RegistryError::StaleHandle { .. })) => {}
                    // It was given by a change that was dropped.
                    (None, Err(RegistryError::InvalidHandle { .. })) => {}
                    (None, found) => prop_assert!(false, "{handle:?} gives {found:?}"),
                }
            }
        }
    }
}
