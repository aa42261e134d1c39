//! What names a child and a supervisor within a tree.

/// One child of a tree, a worker or a supervisor, the root included. Means something only to the
/// tree it comes from, and nothing any more once the child is gone: its place may be used again,
/// its id never is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ChildId {
    pub(super) index: u32,
    pub(super) generation: u32,
}

impl ChildId {
    pub(super) const ROOT: ChildId = ChildId { index: 0, generation: 0 };
}

/// A supervisor's place in the tree's list of supervisors; the root is the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SupervisorId(pub(super) u32);

impl SupervisorId {
    pub(super) const ROOT: SupervisorId = SupervisorId(0);

    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}
