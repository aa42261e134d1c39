// The functions of the contract, made of a behaviour.

import { Context } from './context.js';
import { eventOf } from './event.js';
import { Crash, Refusal, StartFailure, crash, giveUp, refuse } from './failure.js';
import { encode, parse } from './json.js';
import { logTo } from './log.js';
import { seeded } from './random.js';

/** What a component exports. `host` has the two functions it imports: `log` and `crash`. */
export function component(Class, host) {
  logTo(host.log);
  const guarded = guard(host.crash);
  let it;
  return {
    callbacks: {
      init: guarded((start) => {
        Math.random = seeded(start.seed);
        it = new Class();
        const context = new Context(start.nowMs, 0);
        finished(begun(it, start, context));
        return context.effects;
      }),
      step: guarded(({ nowMs, seq }, input) => {
        const context = new Context(nowMs, seq);
        const event = eventOf(input);
        context.caller = event.caller;
        finished(it.step(event, context));
        return context.effects;
      }),
      terminate: guarded(({ nowMs, seq }, reason) => {
        const context = new Context(nowMs, seq);
        it.terminate(reason.val ?? reason.tag, context);
        return context.effects;
      }),
    },
    state: {
      save: guarded(() => ({ schema: Class.schema, data: encode(it.saved()) })),
      saveAs: guarded((schema) => encode(schema === Class.schema ? it.saved() : it.saveAs(schema))),
    },
  };
}

// componentize-qjs makes every exception of a function with a `result` an error of that result, which would be a
// refusal. So it sees those alone that are to be one; all else is a crash in the words of JavaScript.
const guard = (crash) => (act) => (...given) => {
  try {
    return act(...given);
  } catch (error) {
    if (error instanceof Refusal) throw error.message;
    if (error instanceof StartFailure) throw error.failure;
    return crash(words(error));
  }
};

function words(error) {
  if (error instanceof Crash) return error.message;
  if (!(error instanceof Error)) return `thrown: ${String(error)}`;
  const first = `${error.name}: ${error.message}`;
  const stack = (error.stack ?? '').trimEnd();
  return stack.startsWith(first) ? stack : `${first}\n${stack}`.trimEnd();
}

// A refusal has no meaning in `init`.
function begun(it, start, context) {
  try {
    const saved = start.state ? restored(it, start.state) : undefined;
    const config = start.config.length === 0 ? {} : parse(start.config);
    return it.begin({ ...start, config }, context, saved);
  } catch (error) {
    if (error instanceof Refusal) giveUp(error.message);
    throw error;
  }
}

function restored(it, { schema, data }) {
  const own = schema === it.constructor.schema;
  let saved = data;
  try {
    saved = parse(data);
  } catch (error) {
    if (own) giveUp(`the saved state of schema ${schema} is damaged: ${error.message}`);
  }
  return own ? saved : it.migrate(schema, saved);
}

function finished(returned) {
  if (typeof returned?.then === 'function') crash('a callback was async: nobody waits for its promise');
}
