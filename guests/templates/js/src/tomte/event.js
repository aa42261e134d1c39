// An input of the contract as a behaviour sees it.

import { decode } from './json.js';

/**
 * `type` says what it is; what else it has:
 *   call           caller, input, http   somebody asks and waits; `http` is the request if it came by HTTP as it is
 *   cast           input                 somebody tells
 *   timer          name, message
 *   response       tag, message          an own call was answered,
 *                  tag, error, reason    or not: 'no-worker', 'crashed', 'stopped', 'overloaded', 'timed-out', 'refused'
 *   published      topic, message
 *   internal       message               of `context.nextEvent`
 *   entered        from                  a state was entered, from this one
 *   down           tag, worker, why, reason               the end of a monitored worker
 *   handler-ended  manager, handler, why, reason          the end of a supervised handler
 *   start-phase    phase
 *   prep-stop
 *   config-changed message
 *   other          name, body            an input that this contract has no case for
 * `body` has the bytes of all that have an `input` or a `message`; those two are its JSON, or a refusal.
 */
class Event {
  constructor(type, fields, body) {
    this.type = type;
    Object.assign(this, fields);
    if (body !== undefined) this.body = body;
  }

  get input() {
    return this.body === undefined ? undefined : decode(this.body);
  }

  get message() {
    return this.body === undefined || this.body.length === 0 ? undefined : decode(this.body);
  }
}

const named = ({ tag, val }) => (val === undefined || val === null ? { why: tag } : { why: tag, reason: val });

/** The event of an input. */
export function eventOf({ tag, val }) {
  switch (tag) {
    case 'call': return new Event(tag, { caller: val.token }, val.body);
    case 'http': {
      const { token, method, path, query, body } = val;
      const headers = Object.fromEntries(val.headers.map(({ name, value }) => [name, value]));
      const http = new Event('http', { method, path, query: query ?? undefined, headers }, body);
      return new Event('call', { caller: token, http }, body);
    }
    case 'published': return new Event(tag, { topic: val.topic }, val.body);
    case 'timer': return new Event(tag, { name: val.name }, val.body);
    case 'response': {
      if (val.outcome.tag === 'replied') return new Event(tag, { tag: val.tag }, val.outcome.val);
      const { why, reason } = named(val.outcome.val);
      return new Event(tag, { tag: val.tag, error: why, reason });
    }
    case 'cast':
    case 'internal':
    case 'config-changed': return new Event(tag, {}, val);
    case 'entered': return new Event(tag, { from: val });
    case 'start-phase': return new Event(tag, { phase: val });
    case 'down': return new Event(tag, { tag: val.tag, worker: val.worker, ...named(val.why) });
    case 'handler-ended': return new Event(tag, { manager: val.manager, handler: val.handler, ...named(val.why) });
    case 'other': return new Event(tag, { name: val[0] }, val[1]);
    default: return new Event(tag, {});
  }
}
