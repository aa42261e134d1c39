//! `tomte.toml`: what an application is made of, checked before anything of it is used.
//!
//! A [`Manifest`] that exists has no dangling name, no bound exceeded and no unreachable supervisor.

mod application;
mod behaviours;
mod children;
mod load;
mod managers;
mod one_child;
mod order;
mod rest;
mod supervisors;
mod tree;
mod types;
mod unbuilt;

#[cfg(test)]
mod tests;

pub use load::MANIFEST_FILE;
pub(super) use load::read_text;
pub(super) use order::order;
pub use types::{
    Application, Behaviour, Build, Grants, HttpListen, Listen, Manifest, OnDifference, Probation, Rehearse,
    UpgradeSettings,
};
