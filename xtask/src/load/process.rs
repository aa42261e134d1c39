//! What a process and the machine have used, from `/proc`. Where there is no `/proc` the answer is
//! `None` and the columns stay empty.

use std::fs;

/// The unit of the times in `/proc`: every Linux that runs programs in user space says 100.
const TICKS_PER_SECOND: f64 = 100.0;

/// Seconds of processor time a process has used, in user space and in the kernel.
pub(crate) fn cpu_seconds(pid: u32) -> Option<f64> {
    process_ticks(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// Seconds of processor time the whole machine has used, and those it had, over all cores.
pub(crate) fn machine_seconds() -> Option<(f64, f64)> {
    machine_ticks(&fs::read_to_string("/proc/stat").ok()?)
}

/// Bytes of memory a process has resident.
pub(crate) fn resident_bytes(pid: u32) -> Option<u64> {
    resident(&fs::read_to_string(format!("/proc/{pid}/status")).ok()?)
}

/// Descriptors a process has open.
pub(crate) fn descriptors(pid: u32) -> Option<u64> {
    Some(fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count() as u64)
}

/// Threads of a process.
pub(crate) fn threads(pid: u32) -> Option<u64> {
    field(&fs::read_to_string(format!("/proc/{pid}/status")).ok()?, "Threads:")?.parse().ok()
}

/// The process's name stands in parentheses and may itself hold any character, so that fields
/// count from the last of them.
fn process_ticks(stat: &str) -> Option<f64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let kernel: f64 = fields.next()?.parse().ok()?;
    Some((user + kernel) / TICKS_PER_SECOND)
}

fn machine_ticks(stat: &str) -> Option<(f64, f64)> {
    let line = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
    // Guest time, from the ninth field on, is part of user time already.
    let ticks: Vec<f64> = line.split_whitespace().take(8).map_while(|tick| tick.parse().ok()).collect();
    let all: f64 = ticks.iter().sum();
    let idle = ticks.get(3)? + ticks.get(4)?;
    Some(((all - idle) / TICKS_PER_SECOND, all / TICKS_PER_SECOND))
}

fn resident(status: &str) -> Option<u64> {
    let kib: u64 = field(status, "VmRSS:")?.strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

fn field<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_with_a_strange_name_is_read() {
        let stat = "7 (a b) c) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 1 0 9 9 9";
        assert_eq!(process_ticks(stat), Some(3.0));
        assert_eq!(process_ticks("7 (short) S 1"), None);
    }

    #[test]
    fn idle_and_waiting_for_disks_is_not_used() {
        let stat = "cpu  100 0 100 700 100 0 0 0 50 0\ncpu0 1 2 3\n";
        assert_eq!(machine_ticks(stat), Some((2.0, 10.0)));
    }

    #[test]
    fn resident_memory_is_in_bytes() {
        assert_eq!(resident("Name:\tx\nVmRSS:\t    2048 kB\n"), Some(2 << 20));
    }
}
