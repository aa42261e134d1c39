//! A whole node, with real components, real sockets and a real watched folder: what it promises to
//! those who run it, call it, upgrade it and mistreat it.

mod support;

mod applications;
mod assets;
mod browsers;
mod calls;
mod config;
mod dynamic;
mod exits;
mod folder;
mod handlers;
mod hostile;
mod load;
mod misdeeds;
mod queues;
mod restarts;
mod rollback;
mod saves;
mod server;
mod shutdown;
mod supervisors;
mod switchboard;
mod sys;
mod topics;
mod upgrade;
