//! Every interface of WASI 0.2 that a guest may import, in one place.

use wasmtime::component::{HasSelf, Linker};
use wasmtime_wasi::p2::bindings::{cli, clocks, filesystem, io, random, sockets, sync};
use wasmtime_wasi::sockets::WasiSockets;

use super::super::state::State;

type Own = HasSelf<State>;

/// The names of the interfaces that [`link`] links, without their version.
const PROVIDED: [&str; 27] = [
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stderr",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stderr",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/wall-clock",
    "wasi:filesystem/preopens",
    "wasi:filesystem/types",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:random/insecure",
    "wasi:random/insecure-seed",
    "wasi:random/random",
    "wasi:sockets/instance-network",
    "wasi:sockets/ip-name-lookup",
    "wasi:sockets/network",
    "wasi:sockets/tcp",
    "wasi:sockets/tcp-create-socket",
    "wasi:sockets/udp",
    "wasi:sockets/udp-create-socket",
];

/// Whether an interface of WASI, named without its version, is there for guests.
pub(in super::super) fn provides(interface: &str) -> bool {
    PROVIDED.contains(&interface)
}

/// Links all of it.
pub(in super::super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    link_cli(linker)?;
    clocks::wall_clock::add_to_linker::<_, Own>(linker, |state| state)?;
    clocks::monotonic_clock::add_to_linker::<_, Own>(linker, |state| state)?;
    random::random::add_to_linker::<_, Own>(linker, |state| state)?;
    random::insecure::add_to_linker::<_, Own>(linker, |state| state)?;
    random::insecure_seed::add_to_linker::<_, Own>(linker, |state| state)?;
    io::error::add_to_linker::<_, HasSelf<wasmtime_wasi::ResourceTable>>(linker, |state| &mut state.wasi().table)?;
    sync::io::poll::add_to_linker::<_, Own>(linker, |state| state)?;
    sync::io::streams::add_to_linker::<_, Own>(linker, |state| state)?;
    link_powers(linker)
}

fn link_cli(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    cli::environment::add_to_linker::<_, Own>(linker, |state| state)?;
    cli::exit::add_to_linker::<_, Own>(linker, |state| state)?;
    cli::stdin::add_to_linker::<_, Own>(linker, |state| state)?;
    cli::stdout::add_to_linker::<_, Own>(linker, |state| state)?;
    cli::stderr::add_to_linker::<_, Own>(linker, |state| state)?;
    cli::terminal_input::add_to_linker::<_, Own>(linker, |state| state)?;
    cli::terminal_output::add_to_linker::<_, Own>(linker, |state| state)?;
    cli::terminal_stdin::add_to_linker::<_, Own>(linker, |state| state)?;
    cli::terminal_stdout::add_to_linker::<_, Own>(linker, |state| state)?;
    cli::terminal_stderr::add_to_linker::<_, Own>(linker, |state| state)
}

/// What needs a descriptor or a socket to be used: no guest has a socket, and few a descriptor.
fn link_powers(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    filesystem::preopens::add_to_linker::<_, Own>(linker, |state| state)?;
    sync::filesystem::types::add_to_linker::<_, Own>(linker, |state| state)?;
    let network = sockets::network::LinkOptions::default();
    sockets::network::add_to_linker::<_, Own>(linker, &network, |state| state)?;
    sockets::instance_network::add_to_linker::<_, WasiSockets>(linker, State::sockets)?;
    sockets::ip_name_lookup::add_to_linker::<_, WasiSockets>(linker, State::sockets)?;
    sockets::tcp_create_socket::add_to_linker::<_, Own>(linker, |state| state)?;
    sync::sockets::udp_create_socket::add_to_linker::<_, Own>(linker, |state| state)?;
    sync::sockets::tcp::add_to_linker::<_, WasiSockets>(linker, State::sockets)?;
    sync::sockets::udp::add_to_linker::<_, WasiSockets>(linker, State::sockets)
}
