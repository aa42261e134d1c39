//! The contract tomte:behaviour@0.1.0 in Zig. It came with the template and is yours to read and to change.
//!
//! A behaviour is a file with `init`, `step`, `terminate`, `save` and `saveAs`. There are two ways to fail:
//! `return tomte.refuse("why")`, before anything is changed, tells the caller and does nothing else;
//! `return tomte.crash("why")` ends the instance, its callers are told, its supervisor acts. Any other error, any
//! panic and any trap crash as well.

const std = @import("std");
const builtin = @import("builtin");
const abi = @import("abi.zig");

const wasm = builtin.cpu.arch.isWasm();

// ---- what a behaviour is given ---------------------------------------------------------------------------------

/// What comes in is gone when the function returns: copy what is to stay.
pub const Bytes = []const u8;

pub const Saved = struct { schema: Bytes, data: Bytes };

pub const Start = struct {
    /// Its address, at which others send to it.
    worker: Bytes,
    /// How many instances this worker had before this one.
    generation: u64,
    /// The host's clock, in milliseconds since the Unix epoch.
    now_ms: u64,
    /// `random` is seeded with it already.
    seed: u64,
    /// The child's configuration as JSON.
    config: Bytes,
    /// Absent on a fresh start.
    state: ?Saved,
};

pub const Context = struct {
    /// The host's clock, in milliseconds since the Unix epoch.
    now_ms: u64,
    /// How many inputs this worker was given before.
    seq: u64,
};

pub const Header = struct { name: Bytes, value: Bytes };
pub const Request = struct { token: u64, body: Bytes };
pub const HttpRequest = struct { token: u64, method: Bytes, path: Bytes, query: ?Bytes, headers: []const Header, body: Bytes };
pub const Publication = struct { topic: Bytes, body: Bytes };
pub const Timer = struct { name: Bytes, body: Bytes };
pub const CallError = union(enum) { no_worker, crashed: Bytes, stopped: Bytes, overloaded, timed_out, refused: Bytes };
pub const Outcome = union(enum) { replied: Bytes, failed: CallError };
pub const Response = struct { tag: u64, outcome: Outcome };
pub const HandlerWhy = union(enum) { normal, shutdown, swapped: Bytes, crashed: Bytes };
pub const HandlerEnd = struct { manager: Bytes, handler: Bytes, why: HandlerWhy };
pub const DownWhy = union(enum) { no_worker, normal, shutdown, killed, crashed: Bytes, unreachable_ };
pub const Down = struct { tag: u64, worker: Bytes, why: DownWhy };
pub const Other = struct { name: Bytes, body: Bytes };

pub const Input = union(enum) {
    /// Somebody asks and waits.
    call: Request,
    /// The same by HTTP as it is, from a listener with `raw = true`.
    http: HttpRequest,
    /// Somebody tells.
    cast: Bytes,
    published: Publication,
    timer: Timer,
    /// An own call came back.
    response: Response,
    /// The body of a `next_event`.
    internal: Bytes,
    /// A state was entered, from this one.
    entered: Bytes,
    handler_ended: HandlerEnd,
    down: Down,
    start_phase: Bytes,
    prep_stop,
    config_changed: Bytes,
    /// An input that this contract has no case for.
    other: Other,

    /// Who waits for an answer to it, and what is asked.
    pub fn asked(input: Input) ?Request {
        return switch (input) {
            .call => |request| request,
            .http => |request| .{ .token = request.token, .body = request.body },
            else => null,
        };
    }
};

pub const ExitReason = union(enum) { normal, shutdown, upgrade, crashed: Bytes };

// ---- what a step wants done ------------------------------------------------------------------------------------

pub const Reply = struct { token: u64, body: Bytes };
pub const HttpReply = struct { token: u64, status: u16, headers: []const Header = &.{}, body: Bytes = "" };
pub const Forward = struct { token: u64, to: Bytes, body: Bytes };
pub const Message = struct { to: Bytes, body: Bytes };
pub const OutgoingCall = struct { to: Bytes, body: Bytes, tag: u64, timeout_ms: u64 = 5000 };
/// What ends a timer before its time: nothing, a change of state, any input.
pub const TimerKind = enum(u8) { named, state, event };
/// The time of a timer that only ends a running one.
pub const never = std.math.maxInt(u64);
pub const TimerStart = struct { kind: TimerKind = .named, name: Bytes, after_ms: u64 = 0, body: Bytes = "null" };
/// With a tag the outcome comes back as a response; so below.
pub const ChildStart = struct { supervisor: Bytes, key: Bytes, config: Bytes = "{}", tag: ?u64 = null };
pub const ChildOrder = struct { supervisor: Bytes, child: Bytes, tag: ?u64 = null };
pub const SupervisorQuery = struct { supervisor: Bytes, tag: u64 };
pub const HandlerStart = struct { manager: Bytes, handler: Bytes, behaviour: Bytes, config: Bytes = "{}", supervised: bool = false, tag: ?u64 = null };
pub const HandlerOrder = struct { manager: Bytes, handler: Bytes, tag: ?u64 = null };
pub const HandlerSwap = struct { old: Bytes, successor: HandlerStart };
pub const MonitorStart = struct { worker: Bytes, tag: u64 };
pub const TableWrite = struct { table: Bytes, key: Bytes, value: ?Bytes };

/// In the order of the contract.
pub const Effect = union(enum) {
    reply: Reply,
    http_reply: HttpReply,
    forward: Forward,
    cast: Message,
    call: OutgoingCall,
    publish: Publication,
    subscribe: Bytes,
    unsubscribe: Bytes,
    next_state: Bytes,
    repeat_state,
    /// From `init`: an `entered` for each state that is entered.
    enter_calls,
    /// This input again after the next change of state.
    postpone,
    /// Back as `internal`, before anything that is queued.
    next_event: Bytes,
    start_timer: TimerStart,
    update_timer: TimerStart,
    cancel_timer: Bytes,
    start_child: ChildStart,
    ensure_child: ChildStart,
    stop_child: ChildOrder,
    restart_child: ChildOrder,
    delete_child: ChildOrder,
    which_children: SupervisorQuery,
    count_children: SupervisorQuery,
    add_handler: HandlerStart,
    delete_handler: HandlerOrder,
    swap_handler: HandlerSwap,
    monitor: MonitorStart,
    demonitor: u64,
    /// A promise that this input left the state as it was.
    unchanged,
    table_write: TableWrite,
    /// Save the state, drop the instance until the next input.
    hibernate,
    stop: ExitReason,
    other: Other,
};

/// Wants this done. Nothing is done before the step returns, and nothing at all if it refuses or crashes.
pub fn want(effect: Effect) void {
    wanted.append(arena.allocator(), effect) catch fail("out of memory");
}

/// Answers a caller of this or an earlier step.
pub fn reply(token: u64, body: Bytes) void {
    want(.{ .reply = .{ .token = token, .body = body } });
}

// ---- failing ---------------------------------------------------------------------------------------------------

var words: Bytes = "";

/// The input is refused: `return tomte.refuse("why")`. In `init`, there will be no worker.
pub fn refuse(why: Bytes) error{Refused} {
    words = why;
    return error.Refused;
}

/// A crash on purpose: `return tomte.crash("why")`.
pub fn crash(why: Bytes) error{Crash} {
    words = why;
    return error.Crash;
}

/// In the root file, `pub const panic = tomte.panic;` makes every panic a crash with its words.
pub const panic = std.debug.FullPanic(struct {
    fn call(message: []const u8, address: ?usize) noreturn {
        if (wasm) fail(message) else std.debug.defaultPanic(message, address);
    }
}.call);

fn fail(reason: Bytes) noreturn {
    if (wasm) host.crash(reason.ptr, reason.len) else std.debug.print("crash: {s}\n", .{reason});
    @trap();
}

// ---- help ------------------------------------------------------------------------------------------------------

/// Memory that is given back when the function has returned.
pub fn allocator() std.mem.Allocator {
    return arena.allocator();
}

/// JSON as a value. What is none is refused.
pub fn decode(comptime T: type, body: Bytes) error{Refused}!T {
    return std.json.parseFromSliceLeaky(T, arena.allocator(), body, .{}) catch |problem|
        refuse(print("not an input of this behaviour: {s}", .{@errorName(problem)}));
}

/// A value as JSON.
pub fn encode(value: anytype) Bytes {
    return std.json.Stringify.valueAlloc(arena.allocator(), value, .{}) catch fail("out of memory");
}

/// A text with values in it.
pub fn print(comptime format: []const u8, values: anytype) Bytes {
    return std.fmt.allocPrint(arena.allocator(), format, values) catch fail("out of memory");
}

pub const Level = enum(u8) { err, warn, info, debug, trace };

/// One line of the host's log.
pub fn log(level: Level, comptime format: []const u8, values: anytype) void {
    const line = print(format, values);
    if (wasm) host.log(@backingInt(level), line.ptr, line.len) else std.debug.print("{s}: {s}\n", .{ @tagName(level), line });
}

/// Random numbers, seeded by the host when the instance starts.
pub fn random() std.Random {
    return generator.random();
}

// ---- the border ------------------------------------------------------------------------------------------------

const host = struct {
    extern "tomte:behaviour/log@0.1.0" fn log(level: i32, ptr: [*]const u8, len: usize) void;
    extern "tomte:behaviour/fault@0.1.0" fn crash(ptr: [*]const u8, len: usize) void;
};

/// How much of the memory of one step is kept for the next.
const kept_bytes = 64 * 1024;

var arena = std.heap.ArenaAllocator.init(if (wasm) std.heap.wasm_allocator else std.heap.page_allocator);
var wanted: std.ArrayList(Effect) = .empty;
var generator = std.Random.DefaultPrng.init(0);

fn release() void {
    wanted = .empty;
    _ = arena.reset(.{ .retain_with_limit = kept_bytes });
}

const StartFailure = union(enum) { ignore, unknown_schema, stop: Bytes };
const Started = union(enum) { ok: []const Effect, err: StartFailure };
const Stepped = union(enum) { ok: []const Effect, err: Bytes };
const SavedAs = union(enum) { ok: Bytes, err: Bytes };

fn started(result: anyerror!void) Started {
    result catch |problem| return .{ .err = switch (problem) {
        error.Ignore => .ignore,
        error.UnknownSchema => .unknown_schema,
        error.Refused => .{ .stop = words },
        else => crashed(problem),
    } };
    return .{ .ok = wanted.items };
}

fn crashed(problem: anyerror) noreturn {
    fail(if (problem == error.Crash) words else print("error.{s}", .{@errorName(problem)}));
}

/// Makes a behaviour the component's: `comptime { tomte.component(@This()); }` in the root file.
pub fn component(comptime B: type) void {
    if (!wasm) return;
    const border = struct {
        fn init(worker: usize, worker_len: usize, generation: u64, now_ms: u64, seed: u64, config: usize, config_len: usize, some: usize, schema: usize, schema_len: usize, data: usize, data_len: usize) callconv(.c) [*]u8 {
            generator = .init(seed);
            const state: ?Saved = if (some == 0) null else .{ .schema = abi.bytes(schema, schema_len), .data = abi.bytes(data, data_len) };
            const start: Start = .{ .worker = abi.bytes(worker, worker_len), .generation = generation, .now_ms = now_ms, .seed = seed, .config = abi.bytes(config, config_len), .state = state };
            return lowered(started(B.init(start)));
        }
        fn step(now_ms: u64, seq: u64, case: usize, a: u64, b: usize, c: usize, d: usize, e: usize, f: usize, g: usize, h: usize, i: usize, j: usize, k: usize, l: usize) callconv(.c) [*]u8 {
            const flat = [_]usize{ b, c, d, e, f, g, h, i, j, k, l };
            const input = abi.lift(Input, case, a, &flat, arena.allocator()) catch fail("out of memory");
            const result: anyerror!void = B.step(.{ .now_ms = now_ms, .seq = seq }, input);
            result catch |problem| {
                if (problem != error.Refused) crashed(problem);
                return lowered(Stepped{ .err = words });
            };
            return lowered(Stepped{ .ok = wanted.items });
        }
        fn terminate(now_ms: u64, seq: u64, case: usize, ptr: usize, len: usize) callconv(.c) [*]u8 {
            const reason = abi.lift(ExitReason, case, ptr, &.{len}, arena.allocator()) catch fail("out of memory");
            B.terminate(.{ .now_ms = now_ms, .seq = seq }, reason);
            return lowered(wanted.items);
        }
        fn save() callconv(.c) [*]u8 {
            return lowered(@as(Saved, B.save()));
        }
        fn saveAs(ptr: usize, len: usize) callconv(.c) [*]u8 {
            const result: anyerror!Bytes = B.saveAs(abi.bytes(ptr, len));
            const data = result catch |problem| {
                if (problem != error.Refused) crashed(problem);
                return lowered(SavedAs{ .err = words });
            };
            return lowered(SavedAs{ .ok = data });
        }
        fn lowered(value: anytype) [*]u8 {
            return abi.returned(@TypeOf(value), value, arena.allocator()) catch fail("out of memory");
        }
        fn realloc(old: ?[*]const u8, old_len: usize, alignment: usize, len: usize) callconv(.c) [*]u8 {
            _ = alignment; // 8 at most
            const new = arena.allocator().alignedAlloc(u8, .@"8", @max(len, 1)) catch fail("out of memory");
            if (old) |from| @memcpy(new[0..@min(old_len, len)], from[0..@min(old_len, len)]);
            return new.ptr;
        }
        fn after(_: usize) callconv(.c) void {
            release();
        }
    };
    const callbacks = "tomte:behaviour/callbacks@0.1.0#";
    const state = "tomte:behaviour/state@0.1.0#";
    @export(&border.realloc, .{ .name = "cabi_realloc" });
    @export(&border.init, .{ .name = callbacks ++ "init" });
    @export(&border.step, .{ .name = callbacks ++ "step" });
    @export(&border.terminate, .{ .name = callbacks ++ "terminate" });
    @export(&border.save, .{ .name = state ++ "save" });
    @export(&border.saveAs, .{ .name = state ++ "save-as" });
    for (.{ callbacks ++ "init", callbacks ++ "step", callbacks ++ "terminate", state ++ "save", state ++ "save-as" }) |name| {
        @export(&border.after, .{ .name = "cabi_post_" ++ name });
    }
}

// ---- tests -----------------------------------------------------------------------------------------------------

/// A behaviour without a host, for `zig test`. What is returned is good until the next of these.
pub const testing = struct {
    /// Starts it: afresh, or with a state.
    pub fn start(comptime B: type, state: ?Saved) anyerror!void {
        release();
        generator = .init(1);
        return B.init(.{ .worker = "test", .generation = 0, .now_ms = 0, .seed = 1, .config = "{}", .state = state });
    }

    /// The answer to a call; null if it comes later.
    pub fn call(comptime B: type, body: Bytes) anyerror!?Bytes {
        try step(B, .{ .call = .{ .token = 1, .body = body } });
        for (wanted.items) |effect| {
            if (effect == .reply) return effect.reply.body;
        }
        return null;
    }

    /// Any input.
    pub fn step(comptime B: type, input: Input) anyerror!void {
        release();
        return B.step(.{ .now_ms = 0, .seq = 0 }, input);
    }

    /// What the last step wants done.
    pub fn effects() []const Effect {
        return wanted.items;
    }

    /// In which words the last one refused or crashed.
    pub fn said() Bytes {
        return words;
    }
};
