// What a step knows beside its input, and what it wants done.

import { bytes, encode } from './json.js';

// As a number it is the largest that the contract has.
const NEVER = 2 ** 64;

/** Given to every callback. Nothing is done before the step returns, and nothing at all if it refuses or crashes. */
export class Context {
  /** The host's clock, in milliseconds since the Unix epoch. */
  nowMs;
  /** How many inputs this worker was given before. */
  seq;
  /** Who waits for an answer to this input. May be kept in the state. */
  caller;
  effects = [];

  constructor(nowMs, seq) {
    Object.assign(this, { nowMs, seq });
  }

  /** Any effect of the contract. */
  effect(tag, val) {
    this.effects.push(val === undefined ? { tag } : { tag, val });
  }

  /** Answers a caller of this or an earlier step. */
  reply(caller, output) {
    this.effect('reply', { token: caller, body: encode(output) });
  }
  /** The same with a status and headers, for a caller of HTTP: see `http`. */
  httpReply(caller, status, headers, body) {
    const isText = typeof body === 'string';
    const all = { 'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json' };
    for (const [name, value] of Object.entries(headers ?? {})) all[name.toLowerCase()] = `${value}`;
    const list = Object.entries(all).map(([name, value]) => ({ name, value }));
    this.effect('http-reply', { token: caller, status, headers: list, body: isText ? bytes(body) : encode(body ?? null) });
  }
  /** Has another worker answer a caller. */
  forward(caller, to, request) {
    this.effect('forward', { token: caller, to, body: encode(request) });
  }
  /** Sends a message to a worker. */
  cast(to, message) {
    this.effect('cast', { to, body: encode(message) });
  }
  /** Calls a worker. The outcome comes as an event of type 'response' with this tag, a number of yours. */
  call(to, request, tag, timeoutMs = 5000) {
    this.effect('call', { to, body: encode(request), tag: u64(tag), timeoutMs: u64(timeoutMs) });
  }
  /** Sends a message to every subscriber of a topic. */
  publish(topic, message) {
    this.effect('publish', { topic, body: encode(message) });
  }
  subscribe(topic) {
    this.effect('subscribe', topic);
  }
  unsubscribe(topic) {
    this.effect('unsubscribe', topic);
  }
  /** Starts a timer, in place of a running one of this name. `Infinity` is never, and ends the running one. */
  startTimer(name, afterMs, message = null) {
    this.timer('start-timer', 'named', name, afterMs, message);
  }
  /** A timer that a change of state ends. Its event has the name 'state_timeout'. */
  stateTimeout(afterMs, message = null) {
    this.timer('start-timer', 'state', 'state_timeout', afterMs, message);
  }
  /** A timer that any input ends. Its event has the name 'event_timeout'. */
  eventTimeout(afterMs, message = null) {
    this.timer('start-timer', 'event', 'event_timeout', afterMs, message);
  }
  /** Gives a running timer another message. `kind` is 'named', 'state' or 'event'. */
  updateTimer(kind, name, message) {
    this.timer('update-timer', kind, name, 0, message);
  }
  cancelTimer(name) {
    this.effect('cancel-timer', name);
  }
  timer(tag, kind, name, afterMs, message) {
    this.effect(tag, { kind, name, afterMs: u64(afterMs), body: encode(message) });
  }
  /** Gives this input again after the next change of state. For a state machine. */
  postpone() {
    this.effect('postpone');
  }
  /** Gives this message back, as an event of type 'internal', before anything that is queued. */
  nextEvent(message) {
    this.effect('next-event', encode(message));
  }
  /** Starts the child SUPERVISOR/KEY. With a tag the outcome comes as a response; so below. */
  startChild(supervisor, key, config = {}, tag) {
    this.effect('start-child', { supervisor, key, config: encode(config), tag: u64(tag) });
  }
  /** The same unless it is there. */
  ensureChild(supervisor, key, config = {}, tag) {
    this.effect('ensure-child', { supervisor, key, config: encode(config), tag: u64(tag) });
  }
  stopChild(supervisor, child, tag) {
    this.effect('stop-child', { supervisor, child, tag: u64(tag) });
  }
  restartChild(supervisor, child, tag) {
    this.effect('restart-child', { supervisor, child, tag: u64(tag) });
  }
  deleteChild(supervisor, child, tag) {
    this.effect('delete-child', { supervisor, child, tag: u64(tag) });
  }
  /** The answer comes as a response: an array of `{ child, state, type, behaviour }`. */
  whichChildren(supervisor, tag) {
    this.effect('which-children', { supervisor, tag: u64(tag) });
  }
  /** The answer comes as a response: `{ specs, active, supervisors, workers }`. */
  countChildren(supervisor, tag) {
    this.effect('count-children', { supervisor, tag: u64(tag) });
  }
  /** Adds a handler to an event manager: `{ manager, handler, behaviour, config, supervised, tag }`. */
  addHandler(handler) {
    this.effect('add-handler', handlerStart(handler));
  }
  deleteHandler(manager, handler, tag) {
    this.effect('delete-handler', { manager, handler, tag: u64(tag) });
  }
  /** Has a handler take the place of `old`, and what it saves. */
  swapHandler(old, handler) {
    this.effect('swap-handler', { old, successor: handlerStart(handler) });
  }
  /** Watches a worker: its end comes as an event of type 'down' with this tag. */
  monitor(worker, tag) {
    this.effect('monitor', { worker, tag: u64(tag) });
  }
  demonitor(tag) {
    this.effect('demonitor', u64(tag));
  }
  /** Promises that this input left the state as it was. */
  unchanged() {
    this.effect('unchanged');
  }
  /** Has the state saved and the instance dropped until the next input. */
  hibernate() {
    this.effect('hibernate');
  }
  /** Ends this worker: in order, or with the words of a bad end. */
  stop(reason = 'normal') {
    this.effect('stop', ['normal', 'shutdown'].includes(reason) ? { tag: reason } : { tag: 'crashed', val: reason });
  }
}

function handlerStart({ manager, handler, behaviour, config = {}, supervised = false, tag }) {
  return { manager, handler, behaviour, config: encode(config), supervised, tag: u64(tag) };
}

/** A number for the host: it takes whole ones up to 2^64, and BigInts only as numbers. */
function u64(value) {
  if (value === undefined) return undefined;
  if (value === Infinity) return NEVER;
  const number = Number(value);
  if (!(number >= 0) || number > NEVER || !Number.isInteger(number)) throw new RangeError(`${value} is no number the host takes`);
  return number;
}
