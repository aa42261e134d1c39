//! Every bound of the product, with its unit and the reason for its size.

mod compiling;
mod durable;

pub use compiling::*;
pub use durable::*;

use std::ops::RangeInclusive;
use std::time::Duration;

/// Bytes of a name. Long enough for a path-like name, short enough for one line of a table.
pub const NAME_BYTES_MAX: usize = 128;

/// Bytes of an address: of three names at most, `APPLICATION/root/KEY`, and what is between them.
pub const ADDRESS_BYTES_MAX: usize = 3 * NAME_BYTES_MAX + 2;

/// Bytes of one request body on any listener, and of a reply unless the manifest says otherwise.
pub const BODY_BYTES_MAX: usize = 1 << 20;

/// Bytes of one HTTP request head. hyper asks for at least 8 KiB.
pub const HTTP_HEAD_BYTES_MAX: usize = 16 << 10;

/// Header fields of one HTTP request.
pub const HTTP_HEADERS_MAX: usize = 64;

/// Bytes of the page of a listener, which stays in memory.
pub const PAGE_BYTES_MAX: u64 = 4 << 20;

/// Connections of one listener. Each costs two buffers and a file descriptor; the usual limit of
/// descriptors is 1024 for all.
pub const CONNECTIONS_MAX: usize = 512;

/// Descriptors that no listener gets: the admin socket and its connections, the watched folder, the state directory,
/// the process that compiles, the code of some dozens of versions, and what the system itself opens.
pub const DESCRIPTORS_RESERVED: u64 = 256;

/// Requests of one connection that wait for their answer before the host stops reading from it.
pub const PIPELINE_MAX: usize = 256;

/// Bytes of answers that wait for a slow reader before the host stops reading from its connection,
/// or of publications before it loses some.
pub const WRITE_BUFFER_BYTES_MAX: usize = 4 << 20;

/// What a publication that waits for a connection counts for beside its body, so that empty ones
/// have a bound too.
pub const FEED_ITEM_BYTES: usize = 64;

/// How long a subscription over HTTP may be silent before the host says something, to learn whether
/// the subscriber is still there.
pub const FEED_PING_TIME: Duration = Duration::from_secs(15);

/// Topics one worker may subscribe to.
pub const SUBSCRIPTIONS_MAX: usize = 1024;

/// Topics of the node that have a subscriber. Names of topics come from strangers.
pub const TOPICS_MAX: usize = 1 << 20;

/// How long a client may take to send the head of an HTTP request.
pub const HEADER_TIME: Duration = Duration::from_secs(10);

/// How long a connection may stay without a request before it is closed.
pub const IDLE_TIME: Duration = Duration::from_secs(300);

/// How long the body of a request to the admin socket may take. Its client is on this machine, and there are few
/// places.
pub const ADMIN_BODY_TIME: Duration = Duration::from_secs(5);

/// How long a frame or a line may take from its first byte to its last.
pub const FRAME_TIME: Duration = Duration::from_secs(30);

/// The deadline of a call that names none. OTP's.
pub const CALL_TIME: Duration = Duration::from_secs(5);
/// The longest deadline a caller may ask for.
pub const CALL_TIME_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// Inputs that wait for one worker unless the manifest says otherwise.
pub const QUEUE_CAPACITY: usize = 1024;

/// Bytes of the inputs that wait for one worker, however few they are. As many as a saved state may have.
pub const QUEUE_BYTES_MAX: usize = 64 << 20;

/// Bytes of all inputs that wait on a node, unless its operator says otherwise.
pub const QUEUED_BYTES: usize = 1 << 30;
/// What an operator may say.
pub const QUEUED_BYTES_RANGE: RangeInclusive<u64> = QUEUE_BYTES_MAX as u64..=1 << 40;

/// Bytes that a shard has for others without room for them, before its workers take no more inputs.
pub const UNSENT_BYTES_MAX: usize = 64 << 20;

/// The largest queue a manifest may ask for.
pub const QUEUE_CAPACITY_MAX: usize = 1 << 20;

/// Effects of one step unless the manifest says otherwise.
pub const EFFECTS: usize = 1024;

/// The most effects of one step that a manifest may allow.
pub const EFFECTS_MAX: usize = 1 << 16;

/// Timers of one worker.
pub const TIMERS_MAX: usize = 1024;

/// Bytes of what a timer is started with. With all its timers a worker keeps 64 MiB at most.
pub const TIMER_BYTES_MAX: usize = 64 << 10;

/// Postponed inputs, and timers, that a look at a worker shows.
pub const INSPECTED_MAX: usize = 8;

/// Outgoing calls of one worker that wait for their response.
pub const OUTGOING_CALLS_MAX: usize = 1024;

/// Workers that one worker monitors, with those whose end it has not yet stepped.
pub const MONITORS_MAX: usize = 1024;

/// Handlers of event managers that are tied to one worker.
pub const SUPERVISED_HANDLERS_MAX: usize = 1024;

/// Callers that wait for a delayed reply of one worker.
pub const PENDING_REPLIES_MAX: usize = 1 << 16;

/// Internal events (`next-event`) of one worker that wait.
pub const INTERNAL_EVENTS_MAX: usize = 1024;

/// Bytes of all internal events of one worker that wait: as many as its memory has by default.
pub const INTERNAL_BYTES_MAX: usize = 16 << 20;

/// How often in a row a worker may enter its present state again before that is a fault.
pub const ENTER_REPEATS_MAX: u32 = 1024;

/// Bytes of linear memory of one instance unless the manifest says otherwise.
pub const MEMORY_BYTES: u64 = 16 << 20;

/// The most linear memory that a manifest may allow, and the size of a pool slot.
pub const MEMORY_BYTES_MAX: u64 = 1 << 30;

/// Bytes of a guest's own call stack.
pub const STACK_BYTES_MAX: usize = 512 << 10;

/// Elements of one table of a guest.
pub const TABLE_ELEMENTS_MAX: usize = 20_000;

/// What a step may take unless the manifest says otherwise. One slice, so that it is a plain call.
pub const STEP_TIME: Duration = SLICE;

/// What `init` may take unless the manifest says otherwise.
pub const INIT_TIME: Duration = Duration::from_millis(500);

/// What a function may take at least that a durable worker calls again, since it came to its end before.
pub const AGAIN_TIME: Duration = Duration::from_secs(30);

/// The longest step a manifest may allow. A drain waits as long at most for what is in flight.
pub const STEP_TIME_MAX: Duration = Duration::from_secs(30);

/// The longest `init` a manifest may allow. An upgrade of a large state must fit.
pub const INIT_TIME_MAX: Duration = Duration::from_secs(300);

/// What `save` may take.
pub const SAVE_TIME: Duration = Duration::from_millis(500);

/// Configurations of one behaviour with which a trial starts an instance, to find out whether it can be saved.
pub const TRIALS_MAX: usize = 8;

/// Slices that all calls of `init` of a trial may take together: about a second of the processor. What is longer
/// waits for more than a trial has.
pub const TRIAL_SLICES: usize = 100;

/// The longest a guest runs before its neighbours have their turn.
pub const SLICE: Duration = Duration::from_millis(10);

/// The grain of guest budgets: how often the engine's epoch advances while guests run.
pub const TICK: Duration = Duration::from_millis(1);

/// Calls a guest may make to the host within one function.
pub const HOST_CALLS_MAX: u32 = 100_000;

/// Bytes of log a guest may write within one function; the rest is dropped and counted.
pub const LOG_BYTES_MAX: usize = 16 << 10;

/// Bytes of log of one worker within [`LOG_PERIOD`]; the rest is dropped and counted. One that is broken
/// writes the same lines again and again.
pub const LOG_PERIOD_BYTES_MAX: usize = 64 << 10;
/// See [`LOG_PERIOD_BYTES_MAX`].
pub const LOG_PERIOD: Duration = Duration::from_secs(1);

/// How long nothing of a kind must happen to a worker before the log tells of it anew, where it tells of the
/// first of many: inputs that find no place, requests that come to nothing.
pub const BURST_PAUSE: Duration = Duration::from_secs(1);

/// Bytes of log lines that wait until standard error takes them. Enough for a pause of its reader.
pub const LOG_LANE_BYTES: usize = 4 << 20;

/// Bytes of the reason of a crash.
pub const REASON_BYTES_MAX: usize = 1 << 10;

/// WASI resources (streams, pollables, open assets) an instance may hold. Programs hold a handful, and
/// each may be a file descriptor of the process, which often has 1,024.
pub const GUEST_RESOURCES_MAX: usize = 64;

/// Random bytes a guest may ask for at once.
pub const RANDOM_BYTES_MAX: usize = 64 << 10;

/// Dynamic children of one node, under all its supervisors.
pub const DYNAMIC_CHILDREN_MAX: usize = 1_000_000;

/// Bytes of the configurations that they came with, together.
pub const DYNAMIC_CONFIG_BYTES_MAX: usize = 256 << 20;

/// Applications of one host. People name each on a command line.
pub const APPLICATIONS_MAX: usize = 256;

/// Phases of the start of one application.
pub const START_PHASES_MAX: usize = 64;

/// How long an application's callback may take for one phase of its start. A phase may wait for others.
pub const PHASE_TIME: Duration = Duration::from_secs(60);

/// How long an application's callback may take to prepare for the stop. OTP's time for workers.
pub const PREP_STOP_TIME: Duration = Duration::from_secs(5);

/// Bytes of a configuration that was changed at run time.
pub const CONFIG_BYTES_MAX: usize = 1 << 20;

/// Bytes of a manifest.
pub const MANIFEST_BYTES_MAX: u64 = 1 << 20;

/// Children and supervisors of one manifest.
pub const CHILDREN_MAX: usize = 10_000;

/// The shortest period of a supervisor. Zero would never give up.
pub const PERIOD_MIN: Duration = Duration::from_millis(1);

/// The longest time any setting may name; a longer one is a slip of the keyboard.
pub const SETTING_TIME_MAX: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Components and releases in the watched folder that one scan looks at. Whatever else lies there does not count.
pub const FOLDER_FILES_MAX: usize = 100_000;

/// Bytes of dropped components that are in memory because they wait for their turn, and one component more.
pub const DROPS_BYTES_MAX: u64 = COMPONENT_BYTES_MAX;

/// How long a dropped file must stay unchanged before it counts as complete.
pub const SETTLE_TIME: Duration = Duration::from_millis(300);

/// How long a dropped file may keep changing before it is refused.
pub const SETTLE_TIME_MAX: Duration = Duration::from_secs(30);

/// How often the folder is scanned although nothing was heard of it.
pub const RESCAN_TIME: Duration = Duration::from_secs(5);

/// The shortest time between two scans a setting may name: each lists the whole folder.
pub const RESCAN_TIME_MIN: Duration = Duration::from_millis(100);

/// Shards a setting may ask for; more than the cores of any machine this runs on.
pub const SHARDS_MAX: usize = 1024;

/// Bytes of the text beside a dropped file that says what came of it.
pub const MARKER_BYTES_MAX: usize = 16 << 10;

/// Bytes of the reason in one row of the history.
pub const HISTORY_REASON_BYTES_MAX: usize = 4 << 10;

/// Rows of the history. Once there are half as many more, the oldest are forgotten down to this; what ran, and the last
/// releases of each behaviour, stay known.
pub const HISTORY_ROWS_MAX: usize = 2000;

/// Jobs that wait for the disk before what is taken back is told at once and not recorded, as without room.
pub const DISK_JOBS_MAX: usize = 64;

/// How long the disk may take for what workers of a release saved, who wait for it. It is not synced then.
pub const WRITE_STATES_TIME: Duration = Duration::from_secs(30);

/// Files of the watched folder that cannot be taken and that one row of the history names. Beside each stands why.
pub const UNTAKEN_TOLD_MAX: usize = 8;

/// Rows of a behaviour in the history that made something run, whose components are kept for a rollback to them.
pub const RELEASES_KEPT: usize = 20;

/// Upgrades whose states at the swap are kept, so that a rollback can use them.
pub const SWAPS_KEPT: usize = 5;

/// How long after a release a host's bad end is that release's fault.
pub const RELEASE_FRESH_TIME: Duration = Duration::from_secs(10 * 60);

/// Hosts that may end without a word soon after a release, killed or by a power cut, before it is blamed for that.
pub const SILENT_ENDS_MAX: usize = 3;
/// Hosts whose ends are remembered. More than are looked at.
pub const LIVES_KEPT: usize = 16;

/// Bytes of a saved state.
pub const STATE_BYTES_MAX: usize = 64 << 20;

/// How long a worker that may hibernate is idle at most where instances get scarce: longer than a
/// client takes from one request to the next, so that a conversation is not cut in pieces.
pub const IDLE_TIME_SCARCE: Duration = Duration::from_millis(50);

/// The same where they are about to run out, and the time between two looks.
pub const IDLE_TIME_SCARCER: Duration = Duration::from_millis(1);

/// How long a draining host waits for what is in flight.
pub const DRAIN_TIME: Duration = Duration::from_secs(30);

/// How long the workers of a behaviour may take for one step of a change of code, beside the longest time that its
/// own functions may take: they are waited for to suspend, to save, and to start anew. OTP's default for suspending.
pub const SWAP_TIME: Duration = Duration::from_secs(5);

/// How long a shard steps inputs before it looks at its sockets again, up to the end of the input it is at.
pub const TURN: Duration = Duration::from_millis(2);

/// Inputs a shard steps before it looks at its sockets again.
pub const STEPS_PER_TURN: usize = 4096;

/// Messages that wait between two loops.
pub const LANE_CAPACITY: usize = 65_536;

/// How long a connection that has said everything waits for its peer to close first, and half a request for its
/// other half once the host stops.
pub const LINGER_TIME: Duration = Duration::from_secs(1);

/// Connections of one listener that are being told that it is full; more are closed untold.
pub const TURNED_AWAY_MAX: usize = 64;

/// Lines for the log that wait to be written; more are lost.
pub const TALK_CAPACITY: usize = 4096;

const _: () = assert!(HTTP_HEAD_BYTES_MAX >= 8 << 10, "hyper refuses a smaller head");
const _: () = assert!(MEMORY_BYTES <= MEMORY_BYTES_MAX);
const _: () = assert!(QUEUE_CAPACITY <= QUEUE_CAPACITY_MAX && EFFECTS <= EFFECTS_MAX);
const _: () = assert!(TICK.as_nanos() <= TURN.as_nanos() && TURN.as_nanos() <= SLICE.as_nanos());
const _: () = assert!(PIPELINE_MAX <= STEPS_PER_TURN, "one connection must not fill a turn");
const _: () = assert!(SETTLE_TIME.as_nanos() < RESCAN_TIME.as_nanos());

/// Connections of the admin socket; the next waits until one ends. People and scripts need a few.
pub const ADMIN_CONNECTIONS_MAX: usize = 64;

/// Supervisors on top of one another. Deeper than any tree a person can read.
pub const SUPERVISOR_DEPTH_MAX: usize = 64;

/// Children that a worker may be given a list of. It is made while the tree is locked.
pub const CHILDREN_LISTED_MAX: usize = 10_000;

/// Lists and counts of children that the workers of one shard may be given in one turn.
pub const LISTINGS_PER_TURN: usize = 16;

/// Restarts a supervisor may allow within its period. Each is remembered in eight bytes.
pub const RESTARTS_MAX: u32 = 1_000_000;

/// How long whoever looks at a worker waits for the end of what it is doing. People feel less as at once.
pub const LOOK_TIME: Duration = Duration::from_millis(100);

/// Inputs of one worker that are remembered for whoever looks later. OTP's `sys:log`.
pub const INPUTS_KEPT: usize = 10;

/// Bytes of a body that are remembered, logged and traced: enough to tell one request from another.
pub const HEAD_BYTES: usize = 64;

/// Inputs a trace shows unless told otherwise.
pub const TRACE_INPUTS: u64 = 100;
/// The most inputs a trace may ask for.
pub const TRACE_INPUTS_MAX: u64 = 10_000;

/// How long a trace lasts unless told otherwise.
pub const TRACE_TIME: Duration = Duration::from_secs(10);

/// The longest trace. One that was forgotten ends.
pub const TRACE_TIME_MAX: Duration = Duration::from_secs(60 * 60);

/// Lines of one trace that wait for a slow reader; more are lost and counted.
pub const TRACE_LANE: usize = 1024;

/// How often the trace of a worker that is down looks whether it will come back.
pub const TRACE_LOOK: Duration = Duration::from_millis(100);

/// Traces of one worker at once: some people looking at the same trouble.
pub const TRACES_MAX: usize = 4;

/// Columns of a terminal that does not say how many it has, and of the help.
pub const TERMINAL_WIDTH: usize = 80;
/// Tables are not made for fewer.
pub const TERMINAL_WIDTH_MIN: usize = 40;

const _: () = assert!(HEAD_BYTES <= u8::MAX as usize, "its length is kept in a byte");
const _: () = assert!(SWAPS_KEPT < RELEASES_KEPT, "a state without its component is of no use");
const _: () = assert!(SILENT_ENDS_MAX < LIVES_KEPT, "as many are remembered as count");
const _: () = assert!(INPUTS_KEPT > 0 && TRACE_INPUTS <= TRACE_INPUTS_MAX && TRACE_LANE > 1);
