//! Where a component has the functions of the contract, and how those of an instance are taken.
//!
//! Taking a function compares the types of all that it carries with the contract's, name by name. An instance pays
//! for that when it starts, so what most of them never need is taken when it is called.

use wasmtime::component::{ComponentExportIndex, Instance, InstancePre, TypedFunc};
use wasmtime::{Error, Result, Store, format_err};

use super::bindings::types::{Context, Effect, ExitReason, Input, SavedState, Start, StartFailure};
use super::contract::{CALLBACKS, STATE, contract};
use super::state::State;

pub(super) type Init = TypedFunc<(&'static Start,), (Result<Vec<Effect>, StartFailure>,)>;
pub(super) type Step = TypedFunc<(Context, &'static Input), (Result<Vec<Effect>, String>,)>;
pub(super) type Terminate = TypedFunc<(Context, &'static ExitReason), (Vec<Effect>,)>;
pub(super) type Save = TypedFunc<(), (SavedState,)>;
pub(super) type SaveAs = TypedFunc<(&'static str,), (Result<Vec<u8>, String>,)>;

/// The places of a component's functions.
#[derive(Clone, Copy)]
pub(super) struct Exports {
    init: ComponentExportIndex,
    step: ComponentExportIndex,
    terminate: ComponentExportIndex,
    /// Of a component whose state can be saved.
    pub(super) saver: Option<Saver>,
}

/// The places of the functions of `state`.
#[derive(Clone, Copy)]
pub(super) struct Saver {
    save: ComponentExportIndex,
    save_as: ComponentExportIndex,
}

impl Exports {
    /// Looks them up; of a component that saves its state, those for that as well.
    pub(super) fn find(pre: &InstancePre<State>, saves: bool) -> Result<Exports> {
        let component = pre.component();
        let place = |interface: &str, function: &str| {
            let name = contract().map_err(Error::msg)?.full_name(interface);
            let found = component.get_export_index(None, &name);
            let found = found.and_then(|interface| component.get_export_index(Some(&interface), function));
            found.ok_or_else(|| format_err!("exports no `{function}` of {name}"))
        };
        let saver =
            || -> Result<Saver> { Ok(Saver { save: place(STATE, "save")?, save_as: place(STATE, "save-as")? }) };
        Ok(Exports {
            init: place(CALLBACKS, "init")?,
            step: place(CALLBACKS, "step")?,
            terminate: place(CALLBACKS, "terminate")?,
            saver: saves.then(saver).transpose()?,
        })
    }

    pub(super) fn init(&self, store: &mut Store<State>, instance: Instance) -> Result<Init> {
        instance.get_typed_func(store, self.init)
    }

    pub(super) fn step(&self, store: &mut Store<State>, instance: Instance) -> Result<Step> {
        instance.get_typed_func(store, self.step)
    }

    pub(super) fn terminate(&self, store: &mut Store<State>, instance: Instance) -> Result<Terminate> {
        instance.get_typed_func(store, self.terminate)
    }
}

impl Saver {
    pub(super) fn save(&self, store: &mut Store<State>, instance: Instance) -> Result<Save> {
        instance.get_typed_func(store, self.save)
    }

    pub(super) fn save_as(&self, store: &mut Store<State>, instance: Instance) -> Result<SaveAs> {
        instance.get_typed_func(store, self.save_as)
    }
}
