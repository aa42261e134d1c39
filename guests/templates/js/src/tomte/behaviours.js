// OTP's gen_server, gen_statem and gen_event: classes to extend. Their callbacks are ordinary functions, never `async`.

import { crash, refuse, unknownSchema } from './failure.js';
import { show } from './json.js';
import { log } from './log.js';

/** Returned by `handleCall`: the answer comes in a later step. Keep `context.caller` for it. */
export const noReply = Symbol('noReply');

/** An answer with a status and headers (an object). Of a body that is a string these are the letters, else JSON. */
export const http = (status, headers, body) => new HttpAnswer(status, headers, body);

class HttpAnswer {
  constructor(status, headers, body) {
    Object.assign(this, { status, headers, body });
  }
}

/** What all behaviours have; every callback but `init` may be left out. `this.state` is what is saved. */
class Behaviour {
  /** The schema its state is saved in, for example 'orders/2'. */
  static schema;
  state;

  /** The state of a fresh start. `start` has `worker`, `config`, `nowMs`, `seed`, `generation`. */
  init(start, context) {
    crash(`${this.constructor.name} has no init`);
  }

  /** Anything that is neither a call nor a cast: see `eventOf`. */
  handleInfo(event, context) {
    log.warn(`nothing here handles ${event.type} ${event.name ?? event.topic ?? event.tag ?? event.worker ?? ''}`);
  }

  /** Its configuration is this from now on. */
  configChange(config, context) {}

  /** For the callback of an application: a phase of its start. */
  startPhase(phase, context) {}

  /** For the callback of an application: it is about to stop. */
  prepStop(context) {}

  /** It ends in an orderly way. `reason` is 'normal', 'shutdown', 'upgrade' or the words of a bad end. */
  terminate(reason, context) {}

  /** The state, from what was saved in another schema: OTP's code_change. Bytes, if that is no JSON. */
  migrate(schema, saved) {
    unknownSchema();
  }

  /** The state in another schema, for a downgrade. */
  saveAs(schema) {
    refuse(`a state of schema ${this.constructor.schema} cannot be written as ${schema}`);
  }

  /**
   * A call that came by HTTP to a listener with `raw = true`: `method`, `path`, `query`, `headers` (an object, names in
   * small letters), `body`, and `input`, the body as JSON. Unless written, `input` is a call like any other.
   */
  handleHttp(request, context) {
    return this.handleCall(request.input, context);
  }

  asked(event, context) {
    const output = event.http ? this.handleHttp(event.http, context) : this.handleCall(event.input, context);
    return answer(output, event.caller, context);
  }

  common(event, context) {
    switch (event.type) {
      case 'config-changed': return this.configChange(event.message, context);
      case 'start-phase': return this.startPhase(event.phase, context);
      case 'prep-stop': return this.prepStop(context);
      default: return this.handleInfo(event, context);
    }
  }

  begin(start, context, saved) {
    this.state = saved === undefined ? this.init(start, context) : saved;
  }

  saved() {
    return this.state;
  }
}

/** A server: OTP's gen_server. */
export class Server extends Behaviour {
  /** A request whose caller waits. What it returns is the answer; `noReply` if that comes later. */
  handleCall(input, context) {
    refuse('this worker answers no calls');
  }

  /** A message nobody waits for. Unless written, it is a call whose answer is thrown away. */
  handleCast(input, context) {
    return this.handleCall(input, context);
  }

  step(event, context) {
    switch (event.type) {
      case 'call': return this.asked(event, context);
      case 'cast': return this.handleCast(event.input, context);
      default: return this.common(event, context);
    }
  }
}

class Next {
  constructor(state) {
    this.state = state;
  }
}

/** Returned by a state machine: it enters this state. If it is the present one, nothing happens. */
export const next = (state) => new Next(state);

/** Returned by a state machine: it enters the present state again. */
export const repeat = new Next();

/**
 * A state machine: OTP's gen_statem. `init` returns `[state, data]`; a state is a string, the data is `this.data`.
 * Write one method for each state, called as the state is, or `handleEvent` for all. It is given an event, see
 * `eventOf`, and returns `next(state)`, `repeat` or nothing. Calls are answered with `context.reply(event.caller, it)`.
 * The host keeps the queue: `context.postpone()`, `context.stateTimeout(...)`, `context.nextEvent(...)`.
 */
export class StateMachine extends Behaviour {
  /** Whether it is told of each state it enters, by an event of type 'entered'. */
  static enter = false;
  data;

  handleEvent(event, context) {
    if (typeof this[this.state] !== 'function') crash(`no method for the state ${this.state}`);
    return this[this.state](event, context);
  }

  step(event, context) {
    const own = ['config-changed', 'start-phase', 'prep-stop'].includes(event.type);
    const to = own ? this.common(event, context) : this.handleEvent(event, context);
    if (to === repeat) context.effect('repeat-state');
    else if (to instanceof Next) context.effect('next-state', (this.state = to.state));
    else if (to !== undefined) crash(`a state machine returns next(state), repeat or nothing, and not ${show(to)}`);
  }

  begin(start, context, saved) {
    [this.state, this.data] = saved === undefined ? this.init(start, context) : saved;
    context.effect('next-state', this.state);
    if (this.constructor.enter) context.effect('enter-calls');
  }

  saved() {
    return [this.state, this.data];
  }
}

/** A handler of an event manager: OTP's gen_event. To leave, it calls `context.stop()`. */
export class EventHandler extends Behaviour {
  /** An event; every handler of the manager is given it. */
  handleEvent(event, context) {}

  /** A question to this handler alone, by its address MANAGER/HANDLER. */
  handleCall(input, context) {
    refuse('this handler answers no questions');
  }

  /** The state, saved by the version before or by the handler whose place it takes. */
  carried(state, start, context) {
    return state;
  }

  step(event, context) {
    switch (event.type) {
      case 'call': return this.asked(event, context);
      case 'cast': return this.handleEvent(event.input, context);
      default: return this.common(event, context);
    }
  }

  begin(start, context, saved) {
    this.state = saved === undefined ? this.init(start, context) : this.carried(saved, start, context);
  }
}

function answer(output, caller, context) {
  if (output === noReply) return undefined;
  if (output instanceof HttpAnswer) return context.httpReply(caller, output.status, output.headers, output.body);
  if (output === undefined) crash('a call was given no answer: return one, or noReply');
  if (typeof output?.then === 'function') return output;
  return context.reply(caller, output);
}
