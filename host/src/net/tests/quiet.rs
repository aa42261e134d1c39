//! Runs a test as a shard runs, and knows when that shard is quiet: when no task can go on and the
//! system has nothing new for any. What has not happened then does not happen until somebody acts.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use tokio::task::{LocalSet, yield_now};

/// No test takes this long; one that does has hung, and says so.
const PATIENCE: Duration = Duration::from_secs(20);

thread_local! {
    /// Whether the test waits for quiet. Each test has a thread of its own.
    static WAITING: Cell<bool> = const { Cell::new(false) };
}

/// Waits until the shard is quiet: every task has gone as far as it can with what has come. A bound in
/// time that passes later is not waited for.
pub(super) async fn settle() {
    WAITING.set(true);
    poll_fn(|_| if WAITING.get() { Poll::Pending } else { Poll::Ready(()) }).await;
}

/// Remembers that some task of the shard can go on, and wakes who polls them all.
struct Ready {
    woken: AtomicBool,
    poller: Waker,
}

impl Wake for Ready {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::Relaxed);
        self.poller.wake_by_ref();
    }
}

/// Runs a test the way a shard runs: one thread, one set of local tasks.
pub(super) fn on_a_shard(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let local = LocalSet::new();
    let test = async { tokio::time::timeout(PATIENCE, test).await.expect("the test hangs") };
    runtime.block_on(drive(local.run_until(test)));
}

/// Polls the shard whenever it can go on, and tells a test that waits for it when it cannot.
async fn drive(shard: impl Future<Output = ()>) {
    let mut shard = pin!(shard);
    let poller = poll_fn(|cx| Poll::Ready(cx.waker().clone())).await;
    let ready = Arc::new(Ready { woken: AtomicBool::new(true), poller });
    let waker = Waker::from(Arc::clone(&ready));
    loop {
        if ready.woken.swap(false, Ordering::Relaxed) || WAITING.take() {
            if shard.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
                return;
            }
            // The runtime asks the system and its clock what is new before it comes back here.
            yield_now().await;
        } else {
            poll_fn(|_| if ready.woken.load(Ordering::Relaxed) { Poll::Ready(()) } else { Poll::Pending }).await;
        }
    }
}
