//! Where the children live: found in one step by their id, and no id ever means another child.

use super::child::Child;
use super::effort::spend;
use super::id::ChildId;

/// Places of one block. Growing never moves a child, so that no start waits for a copy of all.
const BLOCK: usize = 256;

#[derive(Debug)]
struct Slot {
    generation: u32,
    child: Option<Child>,
}

/// All children of a tree.
#[derive(Debug, Default)]
pub(super) struct Slab {
    blocks: Vec<Vec<Slot>>,
    used: u32,
    free: Vec<u32>,
}

impl Slab {
    pub(super) fn insert(&mut self, child: Child) -> ChildId {
        let free = self.free.pop();
        if let Some(index) = free
            && let Some(slot) = self.slot_mut(index)
        {
            slot.child = Some(child);
            return ChildId { index, generation: slot.generation };
        }
        let index = self.used;
        self.used += 1;
        if self.blocks.last().is_none_or(|block| block.len() == BLOCK) {
            self.blocks.push(Vec::with_capacity(BLOCK));
        }
        let slot = Slot { generation: 0, child: Some(child) };
        self.blocks.last_mut().expect("a block with room").push(slot);
        ChildId { index, generation: 0 }
    }

    /// Takes a child out. Its place is given away again under another generation; one whose
    /// generations are used up stays empty.
    pub(super) fn remove(&mut self, id: ChildId) -> Option<Child> {
        let slot = self.slot_mut(id.index).filter(|slot| slot.generation == id.generation)?;
        let child = slot.child.take()?;
        if let Some(next) = slot.generation.checked_add(1) {
            slot.generation = next;
            self.free.push(id.index);
        }
        Some(child)
    }

    pub(super) fn get(&self, id: ChildId) -> Option<&Child> {
        spend(1);
        let slot = self.blocks.get(id.index as usize / BLOCK)?.get(id.index as usize % BLOCK)?;
        slot.child.as_ref().filter(|_| slot.generation == id.generation)
    }

    pub(super) fn get_mut(&mut self, id: ChildId) -> Option<&mut Child> {
        let slot = self.slot_mut(id.index).filter(|slot| slot.generation == id.generation)?;
        slot.child.as_mut()
    }

    fn slot_mut(&mut self, index: u32) -> Option<&mut Slot> {
        spend(1);
        self.blocks.get_mut(index as usize / BLOCK)?.get_mut(index as usize % BLOCK)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        // An index fits.
        (self.used as usize).saturating_sub(self.free.len())
    }

    /// In the order of the places, which is that of the declaration for what was declared.
    pub(super) fn iter(&self) -> impl Iterator<Item = (ChildId, &Child)> {
        self.blocks.iter().flatten().zip(0..).filter_map(|(slot, index)| {
            let id = ChildId { index, generation: slot.generation };
            slot.child.as_ref().map(|child| (id, child))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Name;

    fn child(text: &str) -> Child {
        Child::of_template(Name::new(text).expect("a name"), None, super::super::id::SupervisorId::ROOT, 0)
    }

    #[test]
    fn a_place_is_used_again_and_an_id_never() {
        let mut slab = Slab::default();
        let (a, b) = (slab.insert(child("a")), slab.insert(child("b")));
        assert!(slab.remove(a).is_some() && slab.remove(a).is_none());
        assert_eq!(slab.len(), 1);
        let c = slab.insert(child("c"));
        assert_eq!((c.index, slab.used, slab.len()), (a.index, 2, 2));
        assert!(slab.get(a).is_none() && slab.get_mut(a).is_none() && slab.remove(a).is_none());
        let names: Vec<_> = slab.iter().map(|(id, child)| (id, child.name.to_string())).collect();
        assert_eq!(names, [(c, "c".to_owned()), (b, "b".to_owned())]);
    }

    #[test]
    fn a_child_is_found_beyond_the_first_block() {
        let mut slab = Slab::default();
        let ids: Vec<ChildId> = (0..2 * BLOCK + 1).map(|n| slab.insert(child(&n.to_string()))).collect();
        for (n, &id) in ids.iter().enumerate() {
            assert_eq!(slab.get(id).map(|child| child.name.to_string()), Some(n.to_string()));
        }
        assert_eq!(slab.iter().map(|(id, _)| id).collect::<Vec<_>>(), ids);
    }

    /// With its address (some 40 bytes on the heap), its entry among the names (25 bytes for each
    /// bucket, of which at most seven in eight are used) and its place among its siblings (16 bytes, in
    /// nodes that are half full at worst) a dynamic child is below 250 bytes.
    #[test]
    fn a_child_is_small() {
        assert!(size_of::<Slot>() <= 120, "{}", size_of::<Slot>());
        assert_eq!(size_of::<(Name, ChildId)>(), 24);
    }

    #[test]
    fn a_place_whose_generations_are_used_up_stays_empty() {
        let mut slab = Slab::default();
        let a = slab.insert(child("a"));
        slab.blocks[0][0].generation = u32::MAX;
        let last = ChildId { generation: u32::MAX, ..a };
        assert!(slab.remove(last).is_some());
        assert_ne!(slab.insert(child("b")).index, a.index);
        assert!(slab.get(last).is_none());
    }
}
