//! Where the application listens, and where else if somebody is there already. Pure but for the
//! question whether a port is free.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use anyhow::{Context as _, Result};
use toml::{Table, Value};

/// What a campaign appends to the manifest of an application with a `counter`: one listener of each protocol.
pub(crate) const LISTENERS: &str = r#"[[listen]]
protocol = "http"
address = "127.0.0.1:7180"
[[listen]]
protocol = "frames"
address = "127.0.0.1:7101"
to = "counter"
[[listen]]
protocol = "lines"
address = "127.0.0.1:7102"
to = "counter"
"#;

/// The addresses of the demo's manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Listeners {
    /// `POST /call/WORKER`.
    pub(crate) http: SocketAddr,
    /// Erlang's `{packet, 4}`.
    pub(crate) frames: SocketAddr,
    /// Lines of text.
    pub(crate) lines: SocketAddr,
}

impl Listeners {
    /// All of them.
    pub(crate) fn all(&self) -> [SocketAddr; 3] {
        [self.http, self.frames, self.lines]
    }

    /// The addresses a manifest names.
    ///
    /// # Errors
    /// It is no TOML, or a protocol has no listener.
    pub(crate) fn read(manifest: &str) -> Result<Listeners> {
        let manifest: Table = manifest.parse().context("the manifest is no TOML")?;
        let address = |protocol| {
            let found = address(&manifest, protocol);
            found.with_context(|| format!("the manifest has no listener for {protocol} with an address of its own"))
        };
        Ok(Listeners { http: address("http")?, frames: address("frames")?, lines: address("lines")? })
    }
}

/// The address in a protocol's `[[listen]]` table.
fn address(manifest: &Table, protocol: &str) -> Option<SocketAddr> {
    let text = |table: &Value, key: &str| table.get(key)?.as_str().map(str::to_owned);
    let tables = manifest.get("listen")?.as_array()?;
    let table = tables.iter().find(|table| text(table, "protocol").as_deref() == Some(protocol))?;
    text(table, "address")?.parse().ok()
}

/// The manifest with another port for every address that somebody listens on, and what was changed.
///
/// # Errors
/// The manifest names no addresses, or there is no free port.
pub(crate) fn settle(manifest: &str) -> Result<(String, Vec<(SocketAddr, SocketAddr)>)> {
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
        for (manifest, told) in [("[[listen]]\nprotocol = \"lines\"\n", "http"), ("", "http"), ("[[", "TOML")] {
            let text = Listeners::read(manifest).err().map(|error| error.to_string());
            assert!(text.as_ref().is_some_and(|text| text.contains(told)), "{manifest:?}: {text:?}");
        }
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
