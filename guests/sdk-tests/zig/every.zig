//! Asks for every effect that the contract has, each once, and says back every input: both must be the same in every
//! language. Built in place of the template's src/counter.zig.

const std = @import("std");
const tomte = @import("tomte.zig");

pub const panic = tomte.panic;
comptime {
    tomte.component(@This());
}

pub fn init(_: tomte.Start) !void {}

pub fn step(_: tomte.Context, input: tomte.Input) !void {
    if (input != .call) return echo(input);
    const headers = try tomte.allocator().dupe(tomte.Header, &.{
        .{ .name = "content-type", .value = "text/plain; charset=utf-8" },
        .{ .name = "x-one", .value = "1" },
    });
    for ([_]tomte.Effect{
        .{ .http_reply = .{ .token = 7, .status = 201, .headers = headers, .body = "made" } },
        .{ .forward = .{ .token = 7, .to = "b", .body = "\"Read\"" } },
        .{ .cast = .{ .to = "b", .body = "\"Read\"" } },
        .{ .call = .{ .to = "b", .body = "\"Read\"", .tag = 3, .timeout_ms = 1000 } },
        .{ .publish = .{ .topic = "t", .body = "[1]" } },
        .{ .subscribe = "t" },
        .{ .unsubscribe = "t" },
        .{ .next_state = "s" },
        .repeat_state,
        .enter_calls,
        .postpone,
        .{ .next_event = "\"n\"" },
        .{ .start_timer = .{ .name = "n", .after_ms = tomte.never } },
        .{ .start_timer = .{ .kind = .state, .name = "state_timeout", .after_ms = 5 } },
        .{ .start_timer = .{ .kind = .event, .name = "event_timeout", .after_ms = 6 } },
        .{ .update_timer = .{ .name = "n", .body = "1" } },
        .{ .cancel_timer = "n" },
        .{ .start_child = .{ .supervisor = "s", .key = "k", .tag = 1 } },
        .{ .ensure_child = .{ .supervisor = "s", .key = "k" } },
        .{ .stop_child = .{ .supervisor = "s", .child = "k" } },
        .{ .restart_child = .{ .supervisor = "s", .child = "k", .tag = 2 } },
        .{ .delete_child = .{ .supervisor = "s", .child = "k" } },
        .{ .which_children = .{ .supervisor = "s", .tag = 4 } },
        .{ .count_children = .{ .supervisor = "s", .tag = 5 } },
        .{ .add_handler = .{ .manager = "m", .handler = "h", .behaviour = "b", .supervised = true, .tag = 6 } },
        .{ .delete_handler = .{ .manager = "m", .handler = "h" } },
        .{ .swap_handler = .{ .old = "h", .successor = .{ .manager = "m", .handler = "i", .behaviour = "b" } } },
        .{ .monitor = .{ .worker = "w", .tag = 8 } },
        .{ .demonitor = 8 },
        .unchanged,
        .hibernate,
        .{ .stop = .shutdown },
        .{ .stop = .{ .crashed = "why" } },
        .{ .other = .{ .name = "name", .body = "1" } },
        .{ .reply = .{ .token = 7, .body = "\"Ack\"" } },
    }) |effect| tomte.want(effect);
}

fn echo(input: tomte.Input) void {
    tomte.log(.info, "{s}{s}", .{ tomte.print("{d}", .{@backingInt(input)}), text(input) });
}

fn text(value: anytype) tomte.Bytes {
    const T = @TypeOf(value);
    if (T == tomte.Bytes) return tomte.print(" {s}", .{value});
    switch (@typeInfo(T)) {
        .void => return "",
        .int => return tomte.print(" {d}", .{value}),
        .optional => return if (value) |inner| text(inner) else "",
        .pointer => {
            var all: tomte.Bytes = "";
            for (value) |item| all = tomte.print("{s}{s}", .{ all, text(item) });
            return all;
        },
        .@"struct" => |record| {
            var all: tomte.Bytes = "";
            inline for (record.field_names) |name| all = tomte.print("{s}{s}", .{ all, text(@field(value, name)) });
            return all;
        },
        .@"union" => switch (value) {
            inline else => |payload, case| {
                const whole = T == tomte.Input or T == tomte.Outcome;
                const number = if (whole) "" else tomte.print(" {d}", .{@backingInt(case)});
                return tomte.print("{s}{s}", .{ number, text(payload) });
            },
        },
        else => unreachable,
    }
}

pub fn terminate(_: tomte.Context, reason: tomte.ExitReason) void {
    const said = text(reason);
    tomte.log(.info, "{s}", .{said[1..]});
}

pub fn save() tomte.Saved {
    return .{ .schema = "every/1", .data = "0" };
}

pub fn saveAs(_: tomte.Bytes) !tomte.Bytes {
    return tomte.refuse("no other schema");
}
