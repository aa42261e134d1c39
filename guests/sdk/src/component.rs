//! One instance: the behaviour between the contract's functions, and `export!`.

use std::cell::RefCell;

use crate::bindings::tomte::behaviour::types;
use crate::failure::tell_panics;
use crate::{Behaviour, Caller, Context, Effect, ExitReason, Input, SavedState, Start, StartFailure, crash};

/// Where the one behaviour of an instance lives from `init` on.
#[derive(Debug)]
pub struct Slot<B>(RefCell<Option<B>>);

impl<B: Behaviour> Slot<B> {
    /// Before `init`.
    #[expect(clippy::new_without_default, reason = "const, for a thread_local")]
    pub const fn new() -> Slot<B> {
        Slot(RefCell::new(None))
    }

    /// The contract's `init`.
    ///
    /// # Errors
    /// The behaviour did not start.
    pub fn init(&self, start: Start) -> Result<Vec<Effect>, StartFailure> {
        tell_panics();
        let mut context = Context::new(start.now_ms, 0);
        let behaviour = B::init(start, &mut context)?;
        self.0.replace(Some(behaviour));
        Ok(context.into_effects())
    }

    /// The contract's `step`.
    ///
    /// # Errors
    /// The input was refused.
    pub fn step(&self, context: types::Context, input: Input) -> Result<Vec<Effect>, String> {
        let mut context = Context::new(context.now_ms, context.seq);
        context.caller = match &input {
            Input::Call(request) => Some(Caller(request.token)),
            Input::Http(request) => Some(Caller(request.token)),
            _ => None,
        };
        self.with(|behaviour| behaviour.step(input, &mut context)).map_err(crate::Refusal::into_text)?;
        Ok(context.into_effects())
    }

    /// The contract's `terminate`.
    pub fn terminate(&self, context: types::Context, reason: ExitReason) -> Vec<Effect> {
        let mut context = Context::new(context.now_ms, context.seq);
        self.with(|behaviour| behaviour.terminate(reason, &mut context));
        context.into_effects()
    }

    /// The contract's `save`.
    pub fn save(&self) -> SavedState {
        self.with(|behaviour| behaviour.save())
    }

    /// The contract's `save-as`.
    ///
    /// # Errors
    /// The state cannot be written in that schema.
    pub fn save_as(&self, schema: &str) -> Result<Vec<u8>, String> {
        self.with(|behaviour| behaviour.save_as(schema)).map_err(crate::Refusal::into_text)
    }

    fn with<T>(&self, act: impl FnOnce(&mut B) -> T) -> T {
        match self.0.borrow_mut().as_mut() {
            Some(behaviour) => act(behaviour),
            None => crash("called before init"),
        }
    }
}

/// Makes a behaviour the component's: `export!(Counter)` for a [`crate::GenServer`],
/// `export!(statem: Lock)` for a [`crate::GenStatem`], `export!(handler: Log)` for a
/// [`crate::GenEvent`], `export!(behaviour: Echo)` for a bare [`crate::Behaviour`]. Once per crate. On
/// the native target it only checks the type.
#[macro_export]
macro_rules! export {
    (behaviour: $behaviour:ty) => {
        const _: () = {
            ::std::thread_local! {
                static INSTANCE: $crate::Slot<$behaviour> = const { $crate::Slot::new() };
            }

            struct Component;

            impl $crate::bindings::exports::tomte::behaviour::callbacks::Guest for Component {
                fn init(start: $crate::Start) -> Result<Vec<$crate::Effect>, $crate::StartFailure> {
                    INSTANCE.with(|slot| slot.init(start))
                }

                fn step(
                    context: $crate::bindings::tomte::behaviour::types::Context,
                    input: $crate::Input,
                ) -> Result<Vec<$crate::Effect>, String> {
                    INSTANCE.with(|slot| slot.step(context, input))
                }

                fn terminate(
                    context: $crate::bindings::tomte::behaviour::types::Context,
                    reason: $crate::ExitReason,
                ) -> Vec<$crate::Effect> {
                    INSTANCE.with(|slot| slot.terminate(context, reason))
                }
            }

            impl $crate::bindings::exports::tomte::behaviour::state::Guest for Component {
                fn save() -> $crate::SavedState {
                    INSTANCE.with(|slot| slot.save())
                }

                fn save_as(schema: String) -> Result<Vec<u8>, String> {
                    INSTANCE.with(|slot| slot.save_as(&schema))
                }
            }

            #[cfg(target_arch = "wasm32")]
            $crate::bindings::export_component!(Component with_types_in $crate::bindings);
        };
    };
    (statem: $machine:ty) => {
        $crate::export!(behaviour: $crate::Statem<$machine>);
    };
    (handler: $handler:ty) => {
        $crate::export!(behaviour: $crate::Handler<$handler>);
    };
    ($server:ty) => {
        $crate::export!(behaviour: $crate::Server<$server>);
    };
}
