// A behaviour without a host, for tests.

import { component } from './component.js';
import { Crash, Refusal, StartFailure } from './failure.js';
import { bytes, parse, encode, text } from './json.js';

/** A worker of this class. `state` is in place of what `init` returns; `saved` is `{ schema, data }`, a text. */
export function start(Class, options = {}) {
  return new Worker(Class, options);
}

class Worker {
  /** What the last step wants done, as in the contract, with bodies as values; those that are no JSON as text. */
  effects = [];
  /** The host's clock. */
  nowMs;
  #callbacks;
  #state;
  #seq = 0;

  constructor(Class, { state, saved, config = {}, seed = 1, nowMs = 0, worker = 'test' }) {
    this.nowMs = nowMs;
    const host = {
      log: (level, line) => globalThis.console?.error(`${level}: ${line}`),
      crash: (reason) => {
        throw new Crash(reason);
      },
    };
    ({ callbacks: this.#callbacks, state: this.#state } = component(Class, host));
    const given = saved ?? (state === undefined ? undefined : { schema: Class.schema, data: encode(state) });
    const data = typeof given?.data === 'string' ? bytes(given.data) : given?.data;
    const before = given && { schema: given.schema, data };
    const start = { worker, generation: 0, nowMs, seed, config: encode(config), state: before };
    this.#run(() => this.#callbacks.init(start));
  }

  /** Asks, and returns the answer; undefined if it comes later. Throws `Refusal` or `Crash`. */
  call(input) {
    const token = this.#seq + 1;
    this.step({ tag: 'call', val: { token, body: encode(input) } });
    return this.effects.find(({ tag, val }) => tag === 'reply' && val.token === token)?.val.body;
  }

  /** Tells. */
  cast(input) {
    this.step({ tag: 'cast', val: encode(input) });
  }

  /** Lets a timer go off. */
  timer(name, message = null) {
    this.step({ tag: 'timer', val: { name, body: encode(message) } });
  }

  /** Any input of the contract. */
  step(input) {
    const context = { nowMs: this.nowMs, seq: (this.#seq += 1) };
    this.#run(() => this.#callbacks.step(context, input));
  }

  /** What it saves, the data as text. */
  save() {
    const { schema, data } = this.#state.save();
    return { schema, data: text(data) };
  }

  #run(act) {
    this.effects = [];
    try {
      this.effects = act().map(readable);
    } catch (error) {
      if (typeof error === 'string') throw new Refusal(error);
      if (error?.tag) throw new StartFailure(error);
      throw error;
    }
  }
}

function readable(value) {
  if (value instanceof Uint8Array) return readableBytes(value);
  if (Array.isArray(value)) return value.map(readable);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, readable(part)]));
}

function readableBytes(body) {
  try {
    return parse(body);
  } catch {
    return body.length === 0 ? undefined : text(body);
  }
}
