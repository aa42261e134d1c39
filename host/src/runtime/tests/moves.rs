//! What goes on in a random order whatever is tested: turns of the loops, time, lanes that are full.

use proptest::prelude::*;

use super::world::{MS, World};

#[derive(Clone, Debug)]
pub(super) enum Move {
    Turn(usize),
    Control,
    Pass(u64),
    Lane(usize),
}

/// How often one is wanted among other things.
pub(super) const MOVES: u32 = 17;

pub(super) fn moves() -> impl Strategy<Value = Move> {
    prop_oneof![
        8 => (0..2_usize).prop_map(Move::Turn),
        5 => Just(Move::Control),
        3 => (1..30 * MS).prop_map(Move::Pass),
        1 => (0..3_usize).prop_map(Move::Lane),
    ]
}

impl Move {
    pub(super) fn make(self, world: &mut World) {
        match self {
            Move::Turn(at) => world.turn(at),
            Move::Control => drop(world.control_turn()),
            Move::Pass(time) => world.sim.now.set(world.sim.now.get() + time),
            Move::Lane(length) => world.sim.lane.set(length),
        }
    }
}
