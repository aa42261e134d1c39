//! The canonical ABI of components, for the types of tomte.zig: how a value lies in memory, and how one is put together
//! from the numbers that a function is given. A slice of bytes is a text or a list of bytes, any other a list.

const std = @import("std");

const Allocator = std.mem.Allocator;

/// Bytes that the host has put into memory.
pub fn bytes(ptr: usize, len: usize) []const u8 {
    if (len == 0) return "";
    return @as([*]const u8, @ptrFromInt(ptr))[0..len];
}

/// The names of the fields of a record, or of the cases of a variant.
fn names(comptime T: type) []const [:0]const u8 {
    return switch (@typeInfo(T)) {
        .@"struct" => |record| record.field_names,
        .@"union" => |cases| cases.field_names,
        else => @compileError("no type of the contract: " ++ @typeName(T)),
    };
}

/// What they hold.
fn types(comptime T: type) []const type {
    return switch (@typeInfo(T)) {
        .@"struct" => |record| record.field_types,
        .@"union" => |cases| cases.field_types,
        else => @compileError("no type of the contract: " ++ @typeName(T)),
    };
}

fn up(at: usize, to: usize) usize {
    return (at + to - 1) / to * to;
}

fn alignOf(comptime T: type) usize {
    return switch (@typeInfo(T)) {
        .void, .bool, .@"enum" => 1,
        .int => |int| int.bits / 8,
        .pointer => 4,
        .optional => |optional| alignOf(optional.child),
        else => most: {
            var most: usize = 1;
            inline for (types(T)) |held| most = @max(most, alignOf(held));
            break :most most;
        },
    };
}

fn sizeOf(comptime T: type) usize {
    return switch (@typeInfo(T)) {
        .void => 0,
        .bool, .@"enum" => 1,
        .int => |int| int.bits / 8,
        .pointer => 8,
        .optional => |optional| up(payloadAt(T) + sizeOf(optional.child), alignOf(T)),
        .@"struct" => up(end(T, types(T).len), alignOf(T)),
        .@"union" => most: {
            var most: usize = 0;
            inline for (types(T)) |held| most = @max(most, sizeOf(held));
            break :most up(payloadAt(T) + most, alignOf(T));
        },
        else => @compileError("no type of the contract: " ++ @typeName(T)),
    };
}

/// Where the payload of a variant or an option stands, behind its case.
fn payloadAt(comptime T: type) usize {
    return alignOf(T);
}

/// Where a record's first `count` fields end.
fn end(comptime T: type, comptime count: usize) usize {
    var at: usize = 0;
    inline for (types(T)[0..count]) |held| at = up(at, alignOf(held)) + sizeOf(held);
    return at;
}

/// A value in memory, where the host reads what a function returns.
pub fn returned(comptime T: type, value: T, allocator: Allocator) Allocator.Error![*]u8 {
    const room = try allocator.alignedAlloc(u8, .@"8", comptime sizeOf(T));
    try lower(T, value, room.ptr, allocator);
    return room.ptr;
}

fn lower(comptime T: type, value: T, at: [*]u8, allocator: Allocator) Allocator.Error!void {
    @setEvalBranchQuota(100_000);
    switch (@typeInfo(T)) {
        .void => {},
        .bool => at[0] = @intFromBool(value),
        .@"enum" => at[0] = @backingInt(value),
        .int => std.mem.writeInt(T, at[0..@sizeOf(T)], value, .little),
        .pointer => |pointer| {
            // An empty slice may point anywhere, and the host looks where.
            const items: usize = if (value.len == 0) 0 else switch (pointer.child) {
                u8 => @intFromPtr(value.ptr),
                else => @intFromPtr(try list(pointer.child, value, allocator)),
            };
            std.mem.writeInt(u32, at[0..4], @intCast(items), .little);
            std.mem.writeInt(u32, at[4..8], @intCast(value.len), .little);
        },
        .optional => |optional| {
            at[0] = @intFromBool(value != null);
            if (value) |inner| try lower(optional.child, inner, at + comptime payloadAt(T), allocator);
        },
        .@"struct" => inline for (comptime names(T), comptime types(T), 0..) |name, held, index| {
            const offset = comptime up(end(T, index), alignOf(held));
            try lower(held, @field(value, name), at + offset, allocator);
        },
        .@"union" => switch (value) {
            inline else => |payload, case| {
                at[0] = @backingInt(case);
                try lower(@TypeOf(payload), payload, at + comptime payloadAt(T), allocator);
            },
        },
        else => unreachable,
    }
}

fn list(comptime T: type, values: []const T, allocator: Allocator) Allocator.Error![*]u8 {
    @setEvalBranchQuota(100_000);
    const size = comptime sizeOf(T);
    const room = try allocator.alignedAlloc(u8, .@"8", values.len * size);
    for (values, 0..) |value, index| try lower(T, value, room.ptr + index * size, allocator);
    return room.ptr;
}

/// A variant from its case and the numbers of its payload, the first of which may be one of 64 bits.
pub fn lift(comptime T: type, case: usize, first: u64, rest: []const usize, allocator: Allocator) Allocator.Error!T {
    var numbers: Numbers = .{ .first = first, .rest = rest };
    return variant(T, case, &numbers, allocator);
}

const Numbers = struct {
    first: u64,
    rest: []const usize,
    next: usize = 0,

    fn wide(numbers: *Numbers) u64 {
        defer numbers.next += 1;
        return if (numbers.next == 0) numbers.first else numbers.rest[numbers.next - 1];
    }

    fn take(numbers: *Numbers) usize {
        return @truncate(numbers.wide());
    }
};

fn variant(comptime T: type, case: usize, numbers: *Numbers, allocator: Allocator) Allocator.Error!T {
    inline for (comptime names(T), comptime types(T), 0..) |name, held, index| {
        if (case == index) return @unionInit(T, name, try read(held, numbers, allocator));
    }
    unreachable;
}

fn read(comptime T: type, numbers: *Numbers, allocator: Allocator) Allocator.Error!T {
    switch (@typeInfo(T)) {
        .void => return {},
        .int => return numbers.wide(),
        .pointer => |pointer| {
            const ptr = numbers.take();
            const len = numbers.take();
            if (pointer.child == u8) return bytes(ptr, len);
            return stored(pointer.child, ptr, len, allocator);
        },
        .optional => |optional| {
            const some = numbers.take() != 0;
            const inner = try read(optional.child, numbers, allocator);
            return if (some) inner else null;
        },
        .@"struct" => {
            var value: T = undefined;
            inline for (comptime names(T), comptime types(T)) |name, held| @field(value, name) = try read(held, numbers, allocator);
            return value;
        },
        .@"union" => return variant(T, numbers.take(), numbers, allocator),
        else => @compileError("no type of an input: " ++ @typeName(T)),
    }
}

/// A list of records of texts.
fn stored(comptime T: type, ptr: usize, len: usize, allocator: Allocator) Allocator.Error![]const T {
    const size = comptime sizeOf(T);
    const values = try allocator.alloc(T, len);
    for (values, 0..) |*value, index| {
        inline for (comptime names(T), 0..) |name, place| {
            const at: [*]const u32 = @ptrFromInt(ptr + index * size + place * 8);
            @field(value, name) = bytes(at[0], at[1]);
        }
    }
    return values;
}
