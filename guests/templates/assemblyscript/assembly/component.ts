// The functions of the contract, made of a behaviour. `tomte build` gives these exports the contract's names.

import { cabi_realloc, putEffects, putText, release, result, text } from "./abi";
import { Behaviour, Context, ExitWhy, Input, Kind, Outcome, SavedAs, Start, crash } from "./tomte";

export { cabi_realloc };

let it: Behaviour | null = null;

/** The behaviour of this component. */
export function run(behaviour: Behaviour): void {
  it = behaviour;
}

function behaviour(): Behaviour {
  const found = it;
  if (!found) throw new Error("no behaviour: call run() first");
  return found;
}

export function init(worker: usize, workerLen: usize, generation: u64, nowMs: u64, seed: u64, config: usize,
                     configLen: usize, some: i32, schema: usize, schemaLen: usize, state: usize, stateLen: usize): usize {
  NativeMath.seedRandom(seed as i64);
  const before = some ? text(schema, schemaLen) : null;
  const saved = some ? text(state, stateLen) : "";
  const start = new Start(text(worker, workerLen), generation, nowMs, seed, text(config, configLen), before, saved);
  const outcome = behaviour().init(start, new Context(nowMs, 0));
  if (outcome.which == 0) return done();
  const at = result(1);
  // The contract's start failures: ignore, unknown schema, stop.
  store<u8>(at, outcome.which == 3 ? 0 : outcome.which == 2 ? 1 : 2, 4);
  putText(at + 8, outcome.words);
  return at;
}

export function step(nowMs: u64, seq: u64, which: i32, a: u64, b: usize, c: usize, d: usize, e: usize, f: usize, g: usize,
                     h: usize, i: usize, j: usize, k: usize, l: usize): usize {
  const input = new Input();
  input.kind = which;
  const first = a as usize;
  if (which == Kind.Call) {
    input.token = a;
    body(input, b, c);
  } else if (which == Kind.Http) {
    input.token = a;
    input.second = text(b, c);
    input.name = text(d, e);
    if (f) input.query = text(g, h);
    for (let n: usize = 0; n < j; n++) input.headers.push(header(i + n * 16));
    body(input, k, l);
  } else if (which == Kind.Cast || which == Kind.Internal || which == Kind.ConfigChanged) {
    body(input, first, b);
  } else if (which == Kind.Published || which == Kind.Timer || which == Kind.Other) {
    input.name = text(first, b);
    body(input, c, d);
  } else if (which == Kind.Response) {
    input.tag = a;
    input.replied = b == 0;
    if (input.replied) body(input, c, d);
    else why(input, c as i32, d, e, c == 1 || c == 2 || c == 5);
  } else if (which == Kind.Entered || which == Kind.StartPhase) {
    input.name = text(first, b);
  } else if (which == Kind.HandlerEnded) {
    input.name = text(first, b);
    input.second = text(c, d);
    why(input, e as i32, f, g, e >= 2);
  } else if (which == Kind.Down) {
    input.tag = a;
    input.name = text(b, c);
    why(input, d as i32, e, f, d == 4);
  }
  return outcomeOf(behaviour().step(input, new Context(nowMs, seq)));
}

function body(input: Input, ptr: usize, len: usize): void {
  input.bodyPtr = ptr;
  input.bodyLen = len;
}

function why(input: Input, which: i32, ptr: usize, len: usize, words: bool): void {
  input.why = which;
  if (words) input.words = text(ptr, len);
}

function header(at: usize): string[] {
  return [text(load<u32>(at), load<u32>(at, 4)), text(load<u32>(at, 8), load<u32>(at, 12))];
}

function done(): usize {
  const at = result(0);
  putEffects(at + 4);
  return at;
}

function outcomeOf(outcome: Outcome): usize {
  if (outcome.which == 0) return done();
  if (outcome.which != 1) crash("only init may ignore or not know a schema");
  const at = result(1);
  putText(at + 4, outcome.words);
  return at;
}

export function terminate(nowMs: u64, seq: u64, which: i32, ptr: usize, len: usize): usize {
  const words = which == ExitWhy.Crashed ? text(ptr, len) : "";
  behaviour().terminate(which, words, new Context(nowMs, seq));
  const at = result(0);
  putEffects(at);
  return at;
}

export function save(): usize {
  const at = result(0);
  putText(at, behaviour().schema);
  putText(at + 8, behaviour().save());
  return at;
}

export function save_as(ptr: usize, len: usize): usize {
  const schema = text(ptr, len);
  let saved: SavedAs;
  if (schema == behaviour().schema) saved = new SavedAs(behaviour().save(), null);
  else saved = behaviour().saveAs(schema);
  const refused = saved.refused;
  const at = result(refused === null ? 0 : 1);
  putText(at + 4, refused === null ? saved.data : refused);
  return at;
}

export function cabi_post_init(at: usize): void {
  release();
}
export function cabi_post_step(at: usize): void {
  release();
}
export function cabi_post_terminate(at: usize): void {
  release();
}
export function cabi_post_save(at: usize): void {
  release();
}
export function cabi_post_save_as(at: usize): void {
  release();
}
