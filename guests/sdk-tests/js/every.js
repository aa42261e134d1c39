// Asks for every effect that the contract has, each once, and says back every input: both must be the same in every
// language. Built in place of the template's src/counter.js.

import { Server, log } from './tomte/index.js';

const KINDS = [
  'call', 'http', 'cast', 'published', 'timer', 'response', 'internal', 'entered', 'handler-ended', 'down', 'start-phase',
  'prep-stop', 'config-changed', 'other',
];
const ERRORS = ['no-worker', 'crashed', 'stopped', 'overloaded', 'timed-out', 'refused'];
const DOWN = ['no-worker', 'normal', 'shutdown', 'killed', 'crashed', 'unreachable'];
const HANDLER = ['normal', 'shutdown', 'swapped', 'crashed'];
const EXIT = ['normal', 'shutdown', 'upgrade'];

const text = (body) => String.fromCharCode(...(body ?? []));

/** What an event holds, in the order of the contract. */
function parts({ type, http, body, ...event }) {
  const rest = body === undefined ? [] : [text(body)];
  if (http) return [event.caller, http.method, http.path, http.query, ...Object.entries(http.headers).flat(), ...rest];
  switch (type) {
    case 'response': return [event.tag, ...(event.error ? [ERRORS.indexOf(event.error), event.reason] : rest)];
    case 'handler-ended': return [event.manager, event.handler, HANDLER.indexOf(event.why), event.reason];
    case 'down': return [event.tag, event.worker, DOWN.indexOf(event.why), event.reason];
    default: return [event.topic ?? event.name ?? event.from ?? event.phase, ...rest];
  }
}

export class Counter extends Server {
  static schema = 'every/1';

  init() {
    return 0;
  }

  step(event, context) {
    if (event.type === 'call' && !event.http) return super.step(event, context);
    const kind = KINDS.indexOf(event.http ? 'http' : event.type);
    log.info([kind, ...parts(event)].filter((part) => part !== undefined).join(' '));
    return undefined;
  }

  terminate(reason) {
    log.info(EXIT.includes(reason) ? EXIT.indexOf(reason) : `3 ${reason}`);
  }

  handleCall(input, context) {
    context.httpReply(7, 201, { 'x-one': 1 }, 'made');
    context.forward(7, 'b', 'Read');
    context.cast('b', 'Read');
    context.call('b', 'Read', 3, 1000);
    context.publish('t', [1]);
    context.subscribe('t');
    context.unsubscribe('t');
    context.effect('next-state', 's');
    context.effect('repeat-state');
    context.effect('enter-calls');
    context.postpone();
    context.nextEvent('n');
    context.startTimer('n', Infinity, null);
    context.stateTimeout(5);
    context.eventTimeout(6);
    context.updateTimer('named', 'n', 1);
    context.cancelTimer('n');
    context.startChild('s', 'k', {}, 1);
    context.ensureChild('s', 'k');
    context.stopChild('s', 'k');
    context.restartChild('s', 'k', 2);
    context.deleteChild('s', 'k');
    context.whichChildren('s', 4);
    context.countChildren('s', 5);
    context.addHandler({ manager: 'm', handler: 'h', behaviour: 'b', supervised: true, tag: 6 });
    context.deleteHandler('m', 'h');
    context.swapHandler('h', { manager: 'm', handler: 'i', behaviour: 'b' });
    context.monitor('w', 8);
    context.demonitor(8);
    context.unchanged();
    context.hibernate();
    context.stop('shutdown');
    context.stop('why');
    context.effect('other', ['name', Uint8Array.of(49)]);
    return 'Ack';
  }
}
