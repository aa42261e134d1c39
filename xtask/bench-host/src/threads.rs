//! Processor time of the node's threads, from `/proc`.

use std::fs;

/// Nanoseconds that the threads of this process have run, but for the calling one; `None` where
/// the kernel does not tell.
pub(crate) fn others_ns() -> Option<u64> {
    let own = fs::read_link("/proc/thread-self").ok()?;
    let own = own.file_name()?.to_owned();
    let tasks = fs::read_dir("/proc/self/task").ok()?.flatten();
    let others = tasks.filter(|task| task.file_name() != own);
    others.map(|task| run_time(&fs::read_to_string(task.path().join("schedstat")).ok()?)).sum()
}

fn run_time(schedstat: &str) -> Option<u64> {
    schedstat.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_number_is_the_time_a_thread_ran() {
        assert_eq!(run_time("123456 789 10\n"), Some(123_456));
        assert_eq!(run_time(""), None);
    }
}
