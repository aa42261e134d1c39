// A behaviour without a host, for the tests in tests/: texts in, texts out.

import { effectOf, release } from "./abi";
import { Counter } from "./counter";
import { Context, Input, Kind, Outcome, Start } from "./tomte";

const it = new Counter();
let body: ArrayBuffer = new ArrayBuffer(0);

function said(outcome: Outcome): string {
  const kinds = ["", "refused: ", "unknown schema", "ignored"];
  return kinds[outcome.which] + outcome.words;
}

/** Starts it: afresh without a schema. "" if it started. */
export function start(schema: string | null, state: string): string {
  release();
  return said(it.init(new Start("test", 0, 0, 1, "{}", schema, state), new Context(0, 0)));
}

function step(kind: Kind, asked: string): string {
  release();
  body = String.UTF8.encode(asked);
  const input = new Input();
  input.kind = kind;
  input.bodyPtr = changetype<usize>(body);
  input.bodyLen = body.byteLength;
  return said(it.step(input, new Context(0, 0)));
}

/** The answer to a call; "refused: ..." if it is. */
export function call(asked: string): string {
  const outcome = step(Kind.Call, asked);
  const reply = effectOf(0);
  return reply ? String.UTF8.decodeUnsafe(load<u32>(reply, 8), load<u32>(reply, 12)) : outcome;
}

export function cast(asked: string): string {
  return step(Kind.Cast, asked);
}

export function save(): string {
  return it.save();
}
