//! A persistent hash trie: an edit of one version gives the next, and both share
//! all but the path from the root to what changed.
//!
//! # Ownership
//!
//! Versions form a line, so a node lives from the version that made it to the one
//! that replaced it, and needs no count of its owners: the last version owns the
//! whole tree, and what each commit took out of it goes into a list of its own, which
//! is dropped when readers are done with the versions before. Copying a path is then
//! a few `memcpy`s; with an `Arc` per child it would be an atomic increment, mostly of
//! a cold line, for each of the siblings, and as many decrements later.
//!
//! # Shape
//!
//! Keys are hashes or dense numbers, both of which differ in their low bits, so
//! digits are taken from the low end. A leaf stands as near to the root as its
//! digits tell it from the others, also after removals.

use std::marker::PhantomData;
use std::mem;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicBool, Ordering};

const BITS: u32 = 4;
const FAN_OUT: usize = 1 << BITS;

/// How much an edit makes and replaces when it changes one key of a few thousand.
const STEPS: usize = 10;

/// One version of a map from `u64` to `V`.
///
/// # Invariants
///
/// Everything reachable from `root` is allocated while this version is alive,
/// and is written to by nobody.
pub(super) struct Trie<V> {
    root: Child<V>,
    /// Whether a later version has taken over the nodes.
    superseded: AtomicBool,
}

// SAFETY: a trie owns its keys and values as a `Vec<(u64, V)>` would, and
// versions on several threads share the values.
unsafe impl<V: Send + Sync> Send for Trie<V> {}
// SAFETY: as above; shared nodes are never written to.
unsafe impl<V: Send + Sync> Sync for Trie<V> {}

impl<V> Trie<V> {
    /// A first version, which holds nothing.
    pub(super) fn new() -> Self {
        Self { root: Child::NOTHING, superseded: AtomicBool::new(false) }
    }

    /// The value under `key`.
    #[inline]
    pub(super) fn get(&self, key: u64) -> Option<&V> {
        // SAFETY: by the invariant, for as long as `self` is borrowed.
        unsafe { find(self.root, key) }
    }

    /// Begins an edit, of which nothing shows in this version.
    ///
    /// # Safety
    ///
    /// This version stays alive and has no successor while methods of the edit run;
    /// dropping the edit may come later. Of all edits of a version at most one is
    /// committed. Once one is, neither the [`Superseded`] that it gave nor the last
    /// version is dropped while this version or an older one may be read.
    pub(super) unsafe fn edit(&self) -> Edit<V> {
        Edit { base: self.into(), root: self.root, steps: Vec::new() }
    }
}

impl<V> Drop for Trie<V> {
    fn drop(&mut self) {
        if !*self.superseded.get_mut() {
            // SAFETY: this is the last version, which owns the tree, and nobody reads
            // it or an older one, as `edit` demands.
            unsafe { free_all(self.root) };
        }
    }
}

/// What a commit took out of the tree; freed when this is dropped.
#[must_use = "readers of older versions may still hold what this frees"]
pub(super) struct Superseded<V>(Vec<Step<V>>);

// SAFETY: owns keys and values, of which readers on other threads may hold references.
unsafe impl<V: Send + Sync> Send for Superseded<V> {}

impl<V> Drop for Superseded<V> {
    fn drop(&mut self) {
        for step in self.0.drain(..) {
            if let Step::Replaced(child) = step {
                // SAFETY: the next version does not hold it, and older ones are not
                // read any more, as `edit` demands.
                unsafe { free(child) };
            }
        }
    }
}

/// The next version in the making; dropped without a commit it leaves no trace.
pub(super) struct Edit<V> {
    base: NonNull<Trie<V>>,
    root: Child<V>,
    steps: Vec<Step<V>>,
}

/// What an edit did to the tree. A node of its own may be made and replaced.
enum Step<V> {
    Made(Child<V>),
    Replaced(Child<V>),
}

impl<V> Edit<V> {
    /// The value under `key`, as edited so far.
    pub(super) fn get(&self, key: u64) -> Option<&V> {
        // SAFETY: what is reachable belongs to the base, which is alive as `edit`
        // demands, or was made by this edit, which frees it when it is dropped.
        unsafe { find(self.root, key) }
    }

    /// Puts `value` under `key`, in place of what was there.
    pub(super) fn insert(&mut self, key: u64, value: V) {
        self.steps.reserve(STEPS);
        let leaf = self.made(Child::leaf(Leaf { key, value }));
        self.root = self.insert_below(self.root, 0, key, leaf);
    }

    /// Takes away what is under `key`.
    pub(super) fn remove(&mut self, key: u64) {
        if self.get(key).is_some() {
            self.root = self.remove_below(self.root, 0, key);
        }
    }

    /// Makes the edit a version, which from now on owns the tree, save for what is
    /// superseded.
    pub(super) fn commit(mut self) -> (Trie<V>, Superseded<V>) {
        // SAFETY: `edit` demands that the base is alive.
        let base = unsafe { self.base.as_ref() };
        // Relaxed: it is read when the base is dropped, by one who owns it alone, so
        // whatever handed the base over has ordered this store before.
        base.superseded.store(true, Ordering::Relaxed);
        let next = Trie { root: self.root, superseded: AtomicBool::new(false) };
        (next, Superseded(mem::take(&mut self.steps)))
    }

    /// What stands in the place of `at` once `leaf` is below it.
    fn insert_below(&mut self, at: Child<V>, shift: u32, key: u64, leaf: Child<V>) -> Child<V> {
        // SAFETY: `at` is reachable from the root, as in `get`.
        match unsafe { at.look() } {
            Look::Nothing => leaf,
            Look::Leaf(old) if old.key == key => {
                self.steps.push(Step::Replaced(at));
                leaf
            }
            Look::Leaf(old) => {
                // The keys differ, so some digit parts them before the shift runs out.
                let mut children = [Child::NOTHING; FAN_OUT];
                children[digit(old.key, shift)] = at;
                self.node_with(children, shift, key, leaf)
            }
            Look::Node(node) => {
                let children = node.children;
                self.steps.push(Step::Replaced(at));
                self.node_with(children, shift, key, leaf)
            }
        }
    }

    fn node_with(
        &mut self,
        mut children: [Child<V>; FAN_OUT],
        shift: u32,
        key: u64,
        leaf: Child<V>,
    ) -> Child<V> {
        let place = digit(key, shift);
        children[place] = self.insert_below(children[place], shift + BITS, key, leaf);
        self.made(Child::node(Node { children }))
    }

    /// What stands in the place of `at`, which holds `key`, once `key` is gone.
    fn remove_below(&mut self, at: Child<V>, shift: u32, key: u64) -> Child<V> {
        self.steps.push(Step::Replaced(at));
        // SAFETY: `at` is reachable from the root, as in `get`.
        let Look::Node(node) = (unsafe { at.look() }) else {
            return Child::NOTHING;
        };
        let mut children = node.children;
        let place = digit(key, shift);
        children[place] = self.remove_below(children[place], shift + BITS, key);
        match only_leaf(&children) {
            Some(leaf) => leaf,
            None => self.made(Child::node(Node { children })),
        }
    }

    fn made(&mut self, child: Child<V>) -> Child<V> {
        self.steps.push(Step::Made(child));
        child
    }
}

impl<V> Drop for Edit<V> {
    fn drop(&mut self) {
        for step in self.steps.drain(..) {
            if let Step::Made(child) = step {
                // SAFETY: no version holds what an edit made before it is committed,
                // and a commit takes the steps away.
                unsafe { free(child) };
            }
        }
    }
}

struct Node<V> {
    children: [Child<V>; FAN_OUT],
}

struct Leaf<V> {
    key: u64,
    value: V,
}

/// A pointer to a node, to a leaf, or to nothing.
///
/// # Invariants
///
/// Null, or from `Box::into_raw`: of a `Leaf<V>` if the lowest bit is set, else of
/// a `Node<V>`.
struct Child<V> {
    pointer: *mut (),
    holds: PhantomData<*mut V>,
}

impl<V> Clone for Child<V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for Child<V> {}

enum Look<'a, V> {
    Nothing,
    Node(&'a Node<V>),
    Leaf(&'a Leaf<V>),
}

impl<V> Child<V> {
    const NOTHING: Self = Self { pointer: ptr::null_mut(), holds: PhantomData };
    const LEAF_TAG: usize = 1;
    const TAG_IS_FREE: () = assert!(align_of::<Node<V>>() > 1 && align_of::<Leaf<V>>() > 1);

    fn node(node: Node<V>) -> Self {
        Self { pointer: Box::into_raw(Box::new(node)).cast(), holds: PhantomData }
    }

    fn leaf(leaf: Leaf<V>) -> Self {
        const { Self::TAG_IS_FREE };
        let pointer = Box::into_raw(Box::new(leaf)).cast::<()>();
        Self { pointer: pointer.map_addr(|addr| addr | Self::LEAF_TAG), holds: PhantomData }
    }

    fn as_leaf(self) -> Option<*mut Leaf<V>> {
        let tagged = self.pointer.addr() & Self::LEAF_TAG != 0;
        tagged.then(|| self.pointer.map_addr(|addr| addr & !Self::LEAF_TAG).cast())
    }

    fn as_node(self) -> Option<*mut Node<V>> {
        let node = !self.pointer.is_null() && self.pointer.addr() & Self::LEAF_TAG == 0;
        node.then(|| self.pointer.cast())
    }

    /// # Safety
    ///
    /// What the pointer leads to is allocated for `'a`, and nobody writes to it.
    #[inline]
    unsafe fn look<'a>(self) -> Look<'a, V> {
        if let Some(leaf) = self.as_leaf() {
            // SAFETY: alive as the caller says.
            return Look::Leaf(unsafe { &*leaf });
        }
        if let Some(node) = self.as_node() {
            // SAFETY: alive as the caller says.
            return Look::Node(unsafe { &*node });
        }
        Look::Nothing
    }
}

/// # Safety
///
/// All that is reachable from `root` is allocated for `'a`, and nobody writes to it.
#[inline]
unsafe fn find<'a, V>(root: Child<V>, key: u64) -> Option<&'a V> {
    let (mut at, mut rest) = (root, key);
    loop {
        // SAFETY: `at` is reachable from the root.
        match unsafe { at.look() } {
            Look::Nothing => return None,
            Look::Leaf(leaf) => return (leaf.key == key).then_some(&leaf.value),
            Look::Node(node) => at = node.children[digit(rest, 0)],
        }
        rest >>= BITS;
    }
}

fn digit(key: u64, shift: u32) -> usize {
    (key >> shift) as usize & (FAN_OUT - 1)
}

/// What can stand in place of a node with these children, which are not all leaves
/// of other keys: nothing or its one leaf. A node below must keep its depth.
fn only_leaf<V>(children: &[Child<V>; FAN_OUT]) -> Option<Child<V>> {
    let mut present = children.iter().filter(|child| !child.pointer.is_null());
    let Some(first) = present.next() else { return Some(Child::NOTHING) };
    (present.next().is_none() && first.as_leaf().is_some()).then_some(*first)
}

/// # Safety
///
/// The caller owns what `child` leads to, without what is below.
unsafe fn free<V>(child: Child<V>) {
    if let Some(leaf) = child.as_leaf() {
        // SAFETY: it came from a box, by the invariant, and is owned.
        drop(unsafe { Box::from_raw(leaf) });
    } else if let Some(node) = child.as_node() {
        // SAFETY: as above.
        drop(unsafe { Box::from_raw(node) });
    }
}

/// # Safety
///
/// The caller owns what `child` leads to, and all that is below.
unsafe fn free_all<V>(child: Child<V>) {
    // SAFETY: owned, so alive and unshared, until it is freed below.
    if let Look::Node(node) = unsafe { child.look() } {
        for child in node.children {
            // SAFETY: owned with its parent. Not deeper than a key has digits.
            unsafe { free_all(child) };
        }
    }
    // SAFETY: owned, and what was below is gone.
    unsafe { free(child) };
}

#[cfg(test)]
mod tests;
