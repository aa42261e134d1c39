//! How much linear memory an instance has and may have, and what it was refused.

use wasmtime::ResourceLimiter;

use crate::base::limits::TABLE_ELEMENTS_MAX;

/// Core instances, tables and memories of one component. Real ones have about ten.
const CORE_ITEMS_MAX: usize = 100;

/// The account of one instance, over all its memories.
pub(super) struct Memory {
    limit: u64,
    used: u64,
    last_growth: u64,
    refused: Option<u64>,
}

impl Memory {
    pub(super) fn new(limit: u64) -> Memory {
        Memory { limit, used: 0, last_growth: 0, refused: None }
    }

    /// Bytes of linear memory it has.
    pub(super) fn used(&self) -> u64 {
        self.used
    }

    /// A guest function begins: refusals of the one before are forgotten.
    #[inline]
    pub(super) fn begin(&mut self) {
        self.refused = None;
    }

    /// What it asked for in vain in the current function, for people.
    pub(super) fn refusal(&self) -> Option<String> {
        self.refused.map(|wanted| format!("asked for {}, limit {}", size(wanted), size(self.limit)))
    }
}

impl ResourceLimiter for Memory {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let growth = desired.saturating_sub(current) as u64;
        let total = self.used.saturating_add(growth);
        if total > self.limit {
            self.refused = Some(total);
            return Ok(false);
        }
        (self.used, self.last_growth) = (total, growth);
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.refused.get_or_insert(self.used);
        self.used = self.used.saturating_sub(std::mem::take(&mut self.last_growth));
        Ok(())
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE_ELEMENTS_MAX)
    }

    fn instances(&self) -> usize {
        CORE_ITEMS_MAX
    }

    fn tables(&self) -> usize {
        CORE_ITEMS_MAX
    }

    fn memories(&self) -> usize {
        CORE_ITEMS_MAX
    }
}

/// A number of bytes for people, rounded up: `64 MiB`, `1.5 MiB`, `64 KiB`.
pub(super) fn size(bytes: u64) -> String {
    const MIB: u64 = 1 << 20;
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..MIB => format!("{} KiB", bytes.div_ceil(1024)),
        _ if bytes.is_multiple_of(MIB) => format!("{} MiB", bytes / MIB),
        _ => format!("{:.1} MiB", (bytes as f64 / MIB as f64 * 10.0).ceil() / 10.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_growth_that_the_system_refuses_is_not_counted() {
        let mut memory = Memory::new(1 << 20);
        assert!(matches!(memory.memory_growing(0, 1 << 19, None), Ok(true)));
        assert!(memory.memory_grow_failed(wasmtime::Error::msg("no")).is_ok());
        assert_eq!(memory.used(), 0);
        assert!(matches!(memory.memory_growing(0, (1 << 20) + 1, None), Ok(false)));
    }

    #[test]
    fn sizes_are_rounded_up_so_that_what_is_over_the_limit_looks_it() {
        assert_eq!(size(80 << 20), "80 MiB");
        assert_eq!(size((64 << 20) + 1), "64.1 MiB");
        assert_eq!(size(65536), "64 KiB");
        assert_eq!(size(7), "7 bytes");
    }
}
