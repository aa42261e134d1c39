//! The planner: from what runs and what came, to the instructions of one upgrade. Pure.
//!
//! The instructions are a program: a dry run prints them, and control executes them one by one, in this
//! order. Nothing resumes before every worker has changed code, so that any refusal leaves no trace.

mod planner;
mod refusal;
mod types;

pub use planner::plan;
pub use refusal::PlanRefusal;
pub use types::{Direction, Instruction, NewComponent, Plan, Running, Workers};
