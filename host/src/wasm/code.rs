//! Machine code of a component, linked with what the host offers it.

use tomte_precompiled::Sealed;
use wasmtime::component::{Component, InstancePre};

use super::exports::Exports;
use super::maker::Maker;
use super::state::State;

/// Machine code for the instances of one allocator.
pub(super) struct Code {
    pub(super) pre: InstancePre<State>,
    pub(super) exports: Exports,
}

impl Code {
    /// Compiles a component; gives its machine code as bytes. That it can be linked is found out, too.
    pub(super) fn compile(maker: &Maker, bytes: &[u8]) -> wasmtime::Result<Vec<u8>> {
        let component = Component::new(&maker.engine, bytes)?;
        Code::link(maker, &component, false)?;
        component.serialize()
    }

    /// Takes what was compiled.
    pub(super) fn load(maker: &Maker, compiled: &Sealed, saves: bool) -> wasmtime::Result<Code> {
        Code::link(maker, &compiled.component(&maker.engine)?, saves)
    }

    fn link(maker: &Maker, component: &Component, saves: bool) -> wasmtime::Result<Code> {
        let pre = maker.linker.instantiate_pre(component)?;
        let exports = Exports::find(&pre, saves)?;
        Ok(Code { pre, exports })
    }
}
