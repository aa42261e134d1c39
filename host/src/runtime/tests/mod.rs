//! The loops in one thread under simulated time: real components, real control, no thread, no sleep.

mod child;
mod driver;
mod guests;
mod handlers;
mod moves;
mod powers;
mod swapping;
mod told;
mod wishes;
mod world;

mod after_crash;
mod calls;
mod durable;
mod dynamic;
mod endings;
mod fairness;
mod hibernation;
mod journal;
mod looks;
mod managers;
mod monitors;
mod orders;
mod parting;
mod planted;
mod random;
mod random_durable;
mod random_handlers;
mod releases;
mod swaps;
mod sys;
mod topics;
