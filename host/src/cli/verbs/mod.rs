//! The verbs: each file says what one of them does.

mod applications;
mod backup;
mod build;
mod call;
mod cast;
mod check;
mod children;
mod completions;
mod control;
mod dispatch;
mod doctor;
mod handlers;
mod history;
mod inspect;
mod new;
mod reload;
mod replace_state;
mod rollback;
mod run;
mod shutdown;
mod start_child;
mod trace;
mod tree;
mod upgrade;
mod wit;

pub use dispatch::execute;
