// What a behaviour is given and may ask for: the contract tomte:behaviour@0.1.0 for AssemblyScript. It came with the
// template and is yours to read and to change.
//
// A behaviour is a class that extends `Behaviour`. There are two ways to fail: `return refuse("why")`, before anything
// is changed, tells the caller and does nothing else; `crash("why")` ends the instance, its callers are told, its
// supervisor acts. So does whatever AssemblyScript aborts on: `throw`, an index out of range, a failed `assert`.
// Bodies are texts, JSON as a rule; `...Bytes` are for others.

import { bytes, put, putPairs, putTag, putText, text, want } from "./abi";

@external("tomte:behaviour/log@0.1.0", "log") declare function hostLog(level: i32, ptr: usize, len: usize): void;
@external("tomte:behaviour/fault@0.1.0", "crash") declare function hostCrash(ptr: usize, len: usize): void;

export const enum Level { Error, Warn, Info, Debug, Trace }

/** One line of the host's log. */
export function log(level: Level, line: string): void {
  const body = String.UTF8.encode(line);
  hostLog(level, changetype<usize>(body), body.byteLength);
}

/** Crashes on purpose, in these words. Does not return. */
export function crash(why: string): void {
  const body = String.UTF8.encode(why);
  hostCrash(changetype<usize>(body), body.byteLength);
  unreachable();
}

/** AssemblyScript comes here where it would throw. */
export function aborted(message: string | null, file: string | null, line: u32, column: u32): void {
  const what = message ? message : "abort";
  crash(`${what}\n    at ${file ? file : "?"}:${line}:${column}`);
}

/** `Math.random` asks here for a seed, unless it has one: `init` gives it the host's. */
export function unseeded(): f64 {
  return 0;
}

/** No tag: nobody wants to know the outcome. */
export const UNTAGGED: i64 = -1;

/** The time of a timer that only ends a running one. */
export const NEVER: u64 = U64.MAX_VALUE;

export const enum TimerKind { Named, State, Event }

export const enum Kind {
  Call, Http, Cast, Published, Timer, Response, Internal, Entered, HandlerEnded, Down, StartPhase, PrepStop,
  ConfigChanged, Other,
}

/** Why a call brought no reply: `Input.why` of a response. Crashed, Stopped and Refused have `words`. */
export const enum CallError { NoWorker, Crashed, Stopped, Overloaded, TimedOut, Refused }

/** Why a monitored worker is gone: `Input.why`. Crashed has `words`. */
export const enum DownWhy { NoWorker, Normal, Shutdown, Killed, Crashed, Unreachable }

/** Why a supervised handler is gone: `Input.why`. Swapped and Crashed have `words`: whose place, or why. */
export const enum HandlerWhy { Normal, Shutdown, Swapped, Crashed }

export const enum ExitWhy { Normal, Shutdown, Upgrade, Crashed }

/** What an instance is told when it starts. */
export class Start {
  constructor(
    /** Its address, at which others send to it. */
    public worker: string,
    /** How many instances this worker had before this one. */
    public generation: u64,
    /** The host's clock, in milliseconds since the Unix epoch. */
    public nowMs: u64,
    /** `Math.random` is seeded with it already. */
    public seed: u64,
    /** JSON. */
    public config: string,
    /** The schema of what was saved; null on a fresh start. */
    public schema: string | null,
    /** What was saved. */
    public state: string,
  ) {}
}

/** What happened. A field that has no meaning for its kind is empty. */
export class Input {
  kind: Kind = Kind.Other;
  /** Call, Http: whom to reply to. */
  token: u64 = 0;
  /** Response, Down: the tag it was asked with. */
  tag: u64 = 0;
  /** Timer, Other: its name. Published: the topic. Entered: the state before. StartPhase: the phase. Down: the worker.
   * HandlerEnded: the manager. Http: the path. */
  name: string = "";
  /** HandlerEnded: the handler. Http: the method. */
  second: string = "";
  /** Http: what followed the question mark. */
  query: string | null = null;
  /** Http: pairs of a name in small letters and a value. */
  headers: string[][] = [];
  /** Response: whether there is a reply, in the body. */
  replied: bool = false;
  /** Response, Down, HandlerEnded: why. */
  why: i32 = 0;
  words: string = "";
  bodyPtr: usize = 0;
  bodyLen: usize = 0;

  /** The body as text. */
  get body(): string {
    return text(this.bodyPtr, this.bodyLen);
  }

  /** The body as it is. */
  get bytes(): ArrayBuffer {
    return bytes(this.bodyPtr, this.bodyLen);
  }

  /** Whether somebody waits for an answer to it. */
  get waits(): bool {
    return this.kind == Kind.Call || this.kind == Kind.Http;
  }
}

/** What a function of a behaviour came to. */
export class Outcome {
  constructor(public which: i32, public words: string) {}
}

/** All that was wanted is done. */
export function done(): Outcome {
  return new Outcome(0, "");
}

/** The input is refused. In `init`: there will be no worker. */
export function refuse(why: string): Outcome {
  return new Outcome(1, why);
}

/** In `init`: a saved state that nobody here can read. */
export function unknownSchema(): Outcome {
  return new Outcome(2, "");
}

/** In `init`: not needed now; the child is kept without a worker. */
export function ignore(): Outcome {
  return new Outcome(3, "");
}

/** A saved state in another schema, or why it cannot be written so. */
export class SavedAs {
  constructor(public data: string, public refused: string | null) {}
}

export abstract class Behaviour {
  /** The schema its state is saved in, for example "orders/2". */
  abstract get schema(): string;

  /** Afresh, or from what was saved: `start.schema` may be an older one (OTP's code_change). */
  abstract init(start: Start, context: Context): Outcome;

  abstract step(input: Input, context: Context): Outcome;

  /** The state. Changes nothing. */
  abstract save(): string;

  /** It ends in an orderly way; with words if `why` is Crashed. */
  terminate(why: ExitWhy, words: string, context: Context): void {}

  /** The state in another schema, for a downgrade. */
  saveAs(schema: string): SavedAs {
    return new SavedAs("", `a state of schema ${this.schema} cannot be written as ${schema}`);
  }
}

/** A handler for `addHandler`. */
export class Handler {
  config: string = "{}";
  /** Whether it ends with this worker, which is told when it ends. */
  supervised: bool = false;
  tag: i64 = UNTAGGED;
  constructor(public manager: string, public handler: string, public behaviour: string) {}

  write(at: usize): void {
    putText(at, this.manager);
    putText(at + 8, this.handler);
    putText(at + 16, this.behaviour);
    putText(at + 24, this.config);
    store<u8>(at, this.supervised ? 1 : 0, 32);
    putTag(at + 40, this.tag);
  }
}

/** What a step knows beside its input, and what it wants done. Nothing is done before it returns. */
export class Context {
  constructor(
    /** The host's clock, in milliseconds since the Unix epoch. */
    public nowMs: u64,
    /** How many inputs this worker was given before. */
    public seq: u64,
  ) {}

  /** Answers a caller of this or an earlier step. */
  reply(token: u64, body: string): void {
    this.replyBytes(token, String.UTF8.encode(body));
  }
  replyBytes(token: u64, body: ArrayBuffer): void {
    const at = want(0);
    store<u64>(at, token);
    put(at + 8, body);
  }
  /** The same with a status and headers, pairs of a name and a value. */
  httpReply(token: u64, status: u16, headers: string[][], body: string): void {
    const at = want(1);
    store<u64>(at, token);
    store<u16>(at, status, 8);
    putPairs(at + 12, headers);
    putText(at + 20, body);
  }
  /** Has another worker answer a caller. */
  forward(token: u64, to: string, body: string): void {
    const at = want(2);
    store<u64>(at, token);
    putText(at + 8, to);
    putText(at + 16, body);
  }
  /** Sends a message to a worker. */
  cast(to: string, body: string): void {
    this.pair(3, to, body);
  }
  /** Calls a worker. The outcome comes as a Response with this tag. */
  call(to: string, body: string, tag: u64, timeoutMs: u64 = 5000): void {
    const at = want(4);
    putText(at, to);
    putText(at + 8, body);
    store<u64>(at, tag, 16);
    store<u64>(at, timeoutMs, 24);
  }
  /** Sends a message to every subscriber of a topic. */
  publish(topic: string, body: string): void {
    this.pair(5, topic, body);
  }
  subscribe(topic: string): void {
    putText(want(6), topic);
  }
  unsubscribe(topic: string): void {
    putText(want(7), topic);
  }
  /** Enters this state. */
  nextState(state: string): void {
    putText(want(8), state);
  }
  repeatState(): void {
    want(9);
  }
  /** In `init`: an Entered for each state that is entered. */
  enterCalls(): void {
    want(10);
  }
  /** This input again after the next change of state. */
  postpone(): void {
    want(11);
  }
  /** Back as Internal, before anything that is queued. */
  nextEvent(body: string): void {
    putText(want(12), body);
  }
  /** Starts a timer: Named ends by nothing else, State by a change of state, Event by any input. */
  startTimer(kind: TimerKind, name: string, afterMs: u64, body: string = "null"): void {
    this.timer(13, kind, name, afterMs, body);
  }
  /** Gives a running timer another body. */
  updateTimer(kind: TimerKind, name: string, body: string): void {
    this.timer(14, kind, name, 0, body);
  }
  cancelTimer(name: string): void {
    putText(want(15), name);
  }
  /** Starts the child SUPERVISOR/KEY. With a tag the outcome comes as a Response; so below. */
  startChild(supervisor: string, key: string, config: string = "{}", tag: i64 = UNTAGGED): void {
    this.child(16, supervisor, key, config, tag);
  }
  /** The same unless it is there. */
  ensureChild(supervisor: string, key: string, config: string = "{}", tag: i64 = UNTAGGED): void {
    this.child(17, supervisor, key, config, tag);
  }
  stopChild(supervisor: string, child: string, tag: i64 = UNTAGGED): void {
    this.order(18, supervisor, child, tag);
  }
  restartChild(supervisor: string, child: string, tag: i64 = UNTAGGED): void {
    this.order(19, supervisor, child, tag);
  }
  deleteChild(supervisor: string, child: string, tag: i64 = UNTAGGED): void {
    this.order(20, supervisor, child, tag);
  }
  whichChildren(supervisor: string, tag: u64): void {
    this.query(21, supervisor, tag);
  }
  countChildren(supervisor: string, tag: u64): void {
    this.query(22, supervisor, tag);
  }
  /** Adds a handler to an event manager. */
  addHandler(handler: Handler): void {
    handler.write(want(23));
  }
  deleteHandler(manager: string, handler: string, tag: i64 = UNTAGGED): void {
    this.order(24, manager, handler, tag);
  }
  /** Has a handler take the place of `old`, and what it saves. */
  swapHandler(old: string, successor: Handler): void {
    const at = want(25);
    putText(at, old);
    successor.write(at + 8);
  }
  /** Watches a worker: its end comes as a Down with this tag. */
  monitor(worker: string, tag: u64): void {
    this.query(26, worker, tag);
  }
  demonitor(tag: u64): void {
    store<u64>(want(27), tag);
  }
  /** Promises that this input left the state as it was. */
  unchanged(): void {
    want(28);
  }
  /** Has the state saved and the instance dropped until the next input. */
  hibernate(): void {
    want(30);
  }
  /** Ends this worker; with words if `why` is Crashed. */
  stop(why: ExitWhy = ExitWhy.Normal, words: string = ""): void {
    const at = want(31);
    store<u8>(at, why as u8);
    if (why == ExitWhy.Crashed) putText(at + 4, words);
  }
  /** An effect that this contract has no case for. */
  other(name: string, body: string): void {
    this.pair(32, name, body);
  }

  private pair(which: u8, first: string, body: string): void {
    const at = want(which);
    putText(at, first);
    putText(at + 8, body);
  }
  private timer(which: u8, kind: TimerKind, name: string, afterMs: u64, body: string): void {
    const at = want(which);
    store<u8>(at, kind as u8);
    putText(at + 4, name);
    store<u64>(at, afterMs, 16);
    putText(at + 24, body);
  }
  private child(which: u8, supervisor: string, key: string, config: string, tag: i64): void {
    const at = want(which);
    putText(at, supervisor);
    putText(at + 8, key);
    putText(at + 16, config);
    putTag(at + 24, tag);
  }
  private order(which: u8, place: string, name: string, tag: i64): void {
    const at = want(which);
    putText(at, place);
    putText(at + 8, name);
    putTag(at + 16, tag);
  }
  private query(which: u8, about: string, tag: u64): void {
    const at = want(which);
    putText(at, about);
    store<u64>(at, tag, 8);
  }
}
