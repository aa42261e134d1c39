//! {{name}}: counts. Asked "Increment", "Read" or "Reset", as JSON; answers "Ack" or {"Value":2}.

const std = @import("std");
const tomte = @import("tomte.zig");

/// What it is asked.
const Input = enum { Increment, Read, Reset };

/// Name a new one when what is saved changes, and read the old one in `init`.
const schema = "{{name}}/1";

/// Lives on through an upgrade, as JSON.
var count: u64 = 0;

pub const panic = tomte.panic;
comptime {
    tomte.component(@This());
}

pub fn init(start: tomte.Start) !void {
    count = 0;
    const saved = start.state orelse return;
    // if (std.mem.eql(u8, saved.schema, "{{name}}/0")) ... what an older version saved
    if (!std.mem.eql(u8, saved.schema, schema)) return error.UnknownSchema;
    count = std.fmt.parseInt(u64, saved.data, 10) catch return tomte.refuse("the saved state is no number");
}

pub fn step(_: tomte.Context, input: tomte.Input) !void {
    if (input.asked()) |request| {
        tomte.reply(request.token, try answer(request.body));
    } else if (input == .cast) {
        _ = try answer(input.cast);
    } else {
        tomte.log(.warn, "nothing here handles {s}", .{@tagName(input)});
    }
}

/// The answer to what is asked. What is no input is refused by `decode`: nothing changes, nothing crashes.
fn answer(asked: tomte.Bytes) !tomte.Bytes {
    switch (try tomte.decode(Input, asked)) {
        .Increment => count += 1,
        .Read => return tomte.encode(.{ .Value = count }),
        .Reset => {
            // Its caller is told, its supervisor starts it again, nobody else notices.
            if (count == 0) return tomte.crash("reset at zero");
            count = 0;
        },
    }
    return tomte.encode("Ack");
}

pub fn terminate(_: tomte.Context, _: tomte.ExitReason) void {}

pub fn save() tomte.Saved {
    return .{ .schema = schema, .data = tomte.encode(count) };
}

/// In an older schema, for a downgrade.
pub fn saveAs(wanted: tomte.Bytes) !tomte.Bytes {
    if (!std.mem.eql(u8, wanted, schema)) return tomte.refuse("only a state of schema " ++ schema ++ " can be written");
    return save().data;
}

const testing = std.testing;
const Counter = @This();

test "increments are counted" {
    try tomte.testing.start(Counter, null);
    try testing.expectEqualStrings("\"Ack\"", (try tomte.testing.call(Counter, "\"Increment\"")).?);
    try tomte.testing.step(Counter, .{ .cast = "\"Increment\"" });
    try testing.expectEqualStrings("{\"Value\":2}", (try tomte.testing.call(Counter, "\"Read\"")).?);
}

test "a reset at zero crashes" {
    try tomte.testing.start(Counter, .{ .schema = schema, .data = "1" });
    _ = try tomte.testing.call(Counter, "\"Reset\"");
    try testing.expectError(error.Crash, tomte.testing.call(Counter, "\"Reset\""));
    try testing.expectEqualStrings("reset at zero", tomte.testing.said());
}

test "what it does not know is refused and changes nothing" {
    try tomte.testing.start(Counter, .{ .schema = schema, .data = "7" });
    try testing.expectError(error.Refused, tomte.testing.call(Counter, "\"Decrement\""));
    try testing.expectEqualStrings("7", save().data);
}

test "what was saved comes back" {
    try tomte.testing.start(Counter, .{ .schema = schema, .data = "18446744073709551614" });
    _ = try tomte.testing.call(Counter, "\"Increment\"");
    try testing.expectEqualStrings("18446744073709551615", save().data);
    try testing.expectError(error.UnknownSchema, tomte.testing.start(Counter, .{ .schema = "another/1", .data = "1" }));
}
