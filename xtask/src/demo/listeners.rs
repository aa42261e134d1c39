//! Where the application listens, and where else if somebody is there already. Pure but for the
//! question whether a port is free.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use anyhow::{Context as _, Result};

/// The addresses of the demo's manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Listeners {
    /// `POST /call/WORKER`.
    pub(super) http: SocketAddr,
    /// Erlang's `{packet, 4}`.
    pub(super) frames: SocketAddr,
    /// Lines of text.
    pub(super) lines: SocketAddr,
}

impl Listeners {
    /// All of them.
    pub(super) fn all(&self) -> [SocketAddr; 3] {
        [self.http, self.frames, self.lines]
    }

    /// The addresses a manifest names.
    ///
    /// # Errors
    /// A protocol has no listener.
    pub(super) fn read(manifest: &str) -> Result<Listeners> {
        let address = |protocol| {
            let found = address(manifest, protocol);
            found.with_context(|| format!("the manifest has no listener for {protocol} with an address of its own"))
        };
        Ok(Listeners { http: address("http")?, frames: address("frames")?, lines: address("lines")? })
    }
}

/// The address that follows a protocol's name in its `[[listen]]` table.
fn address(manifest: &str, protocol: &str) -> Option<SocketAddr> {
    let table = manifest.split("[[listen]]").skip(1).find(|table| value(table, "protocol") == Some(protocol))?;
    value(table, "address")?.parse().ok()
}

fn value<'a>(table: &'a str, key: &str) -> Option<&'a str> {
    let line = table.lines().find_map(|line| line.trim().strip_prefix(key)?.trim_start().strip_prefix('='))?;
    line.trim().strip_prefix('"')?.split('"').next()
}

/// The manifest with another port for every address that somebody listens on, and what was changed.
///
/// # Errors
/// The manifest names no addresses, or there is no free port.
pub(super) fn settle(manifest: &str) -> Result<(String, Vec<(SocketAddr, SocketAddr)>)> {
    let taken = Listeners::read(manifest)?.all().into_iter().filter(|address| TcpListener::bind(address).is_err());
    let taken: Vec<SocketAddr> = taken.collect();
    // All are held until all are known, so that they differ.
    let held: Vec<TcpListener> =
        taken.iter().map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).collect::<Result<_, _>>()?;
    let mut settled = manifest.to_owned();
    let mut moved = Vec::new();
    for (from, listener) in taken.into_iter().zip(&held) {
        let to = listener.local_addr()?;
        settled = settled.replace(&format!("\"{from}\""), &format!("\"{to}\""));
        moved.push((from, to));
    }
    Ok((settled, moved))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(http: SocketAddr) -> String {
        format!(
            "[child.a]\naddress = \"no\"\n[[listen]]\nprotocol = \"http\"\naddress = \"{http}\" # here\n\
             [[listen]]\naddress = \"127.0.0.1:0\"\nprotocol = \"frames\"\n\
             [[listen]]\nprotocol=\"lines\"\naddress=\"127.0.0.1:0\"\n"
        )
    }

    #[test]
    fn the_example_listens_on_all_three() -> Result<()> {
        let ports = Listeners::read(include_str!("../../../examples/counter/tomte.toml"))?.all();
        assert_eq!(ports.map(|address| address.port()), [7080, 7001, 7002]);
        Ok(())
    }

    #[test]
    fn a_manifest_without_a_protocol_is_told() {
        let text = Listeners::read("[[listen]]\nprotocol = \"lines\"\n").err().map(|error| error.to_string());
        assert!(text.is_some_and(|text| text.contains("http")));
    }

    #[test]
    fn only_what_is_taken_moves() -> Result<()> {
        let somebody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let taken = somebody.local_addr()?;
        let (settled, moved) = settle(&manifest(taken))?;
        assert_eq!((moved.len(), moved[0].0), (1, taken));
        assert_eq!(Listeners::read(&settled)?.http, moved[0].1);
        assert_eq!(settled, manifest(moved[0].1));
        Ok(())
    }
}
