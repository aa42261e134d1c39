// The JavaScript SDK on its own: `node --test guests/sdk-tests/js`.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as tomte from '../../templates/js/src/tomte/index.js';
import { bytes, decode, encode, text } from '../../templates/js/src/tomte/json.js';

const { Crash, EventHandler, Refusal, Server, StartFailure, StateMachine, next, noReply, repeat, start } = tomte;

class Lock extends StateMachine {
  static schema = 'lock/1';
  static enter = true;

  init() {
    return ['locked', { code: '1234', entered: 0 }];
  }

  locked(event, context) {
    if (event.type === 'entered') this.data.entered += 1;
    if (event.type !== 'call') return undefined;
    if (event.input === 'Push') return context.postpone();
    if (event.input !== this.data.code) tomte.refuse('wrong');
    context.reply(event.caller, 'open');
    context.stateTimeout(10_000, 'lock');
    return next('open');
  }

  open(event, context) {
    if (event.type === 'timer') return next('locked');
    if (event.type === 'call') context.reply(event.caller, 'come in');
    return repeat;
  }
}

const tags = (worker) => worker.effects.map(({ tag }) => tag);

test('a state machine has a function per state', () => {
  const lock = start(Lock);
  assert.deepEqual(lock.effects, [{ tag: 'next-state', val: 'locked' }, { tag: 'enter-calls' }]);
  lock.step({ tag: 'entered', val: 'locked' });
  lock.call('Push');
  assert.deepEqual(tags(lock), ['postpone']);
  assert.throws(() => lock.call('0000'), new Refusal('wrong'));
  assert.equal(lock.call('1234'), 'open');
  assert.deepEqual(tags(lock), ['reply', 'start-timer', 'next-state']);
  assert.equal(lock.call('Push'), 'come in');
  assert.deepEqual(tags(lock), ['reply', 'repeat-state']);
  assert.deepEqual(lock.save(), { schema: 'lock/1', data: '["open",{"code":"1234","entered":1}]' });
  lock.timer('state_timeout', 'lock');
  assert.deepEqual(lock.effects, [{ tag: 'next-state', val: 'locked' }]);
});

test('what a state machine must not return is a crash', () => {
  class Wrong extends Lock {
    locked() {
      return 'open';
    }
  }
  assert.throws(() => start(Wrong).call('Push'), /returns next\(state\), repeat or nothing, and not "open"/);
});

class Tally extends EventHandler {
  static schema = 'tally/1';
  init = () => 0;
  handleEvent(event, context) {
    if (event === 'Leave') context.stop();
    else this.state += 1;
  }
  handleCall() {
    return this.state;
  }
  carried(state) {
    return state + 100;
  }
}

test('a handler counts events, answers, takes over and leaves', () => {
  const tally = start(Tally, { state: 1 });
  tally.cast('Rings');
  assert.equal(tally.call('Count'), 102);
  tally.cast('Leave');
  assert.deepEqual(tally.effects, [{ tag: 'stop', val: { tag: 'normal' } }]);
});

class Odd extends Server {
  static schema = 'odd/2';
  init({ config, seed }) {
    if (config.ignore) tomte.ignore();
    return { seed, draws: [Math.random(), Math.random()], kept: [] };
  }
  handleCall(input, context) {
    switch (input) {
      case 'later': this.state.kept.push(context.caller); return noReply;
      case 'throw': throw new TypeError('it broke');
      case 'async': return Promise.resolve(1);
      case 'nothing': return undefined;
      case 'who': return this.state.draws;
      case 'text': throw 'a text';
      default: return input;
    }
  }
  handleInfo(event, context) {
    this.state.kept.forEach((caller) => context.reply(caller, event.message));
  }
  handleHttp(request) {
    return tomte.http(404, { 'X-Path': request.path }, `no ${request.query} ${request.headers.accept}`);
  }
  migrate(schema, saved) {
    return schema === 'odd/1' ? { seed: saved, kept: [] } : super.migrate(schema, saved);
  }
}

test('exceptions are crashes with their type, words and place', () => {
  assert.throws(() => start(Odd).call('throw'), (error) => {
    assert.ok(error instanceof Crash);
    return /^TypeError: it broke\n.*handleCall.*sdk\.test\.js/s.test(error.message);
  });
  assert.throws(() => start(Odd).call('text'), new Crash('thrown: a text'));
  assert.throws(() => start(Odd).call('async'), /async/);
  assert.throws(() => start(Odd).call('nothing'), /no answer/);
});

test('an answer may come later', () => {
  const odd = start(Odd);
  assert.equal(odd.call('later'), undefined);
  odd.timer('t', 'done');
  assert.deepEqual(odd.effects, [{ tag: 'reply', val: { token: 1, body: 'done' } }]);
});

test('the same seed draws the same numbers', () => {
  const draws = (seed) => start(Odd, { seed }).call('who');
  assert.deepEqual(draws(5), draws(5));
  assert.notDeepEqual(draws(5), draws(6));
  assert.ok(draws(2 ** 63).every((number) => number >= 0 && number < 1));
});

test('a start may be refused, and an older schema is read', () => {
  assert.throws(() => start(Odd, { config: { ignore: true } }), (error) => error.failure.tag === 'ignore');
  assert.throws(() => start(Odd, { saved: { schema: 'odd/0', data: '1' } }), (error) => error.failure.tag === 'unknown-schema');
  assert.throws(() => start(Odd, { saved: { schema: 'odd/2', data: '{' } }), (error) => error instanceof StartFailure && /damaged/.test(error.message));
  assert.equal(start(Odd, { saved: { schema: 'odd/1', data: '3' } }).save().data, '{"seed":3,"kept":[]}');
});

test('a request of HTTP is answered with a status', () => {
  const odd = start(Odd);
  const headers = [{ name: 'accept', value: '*/*' }];
  const request = { token: 9, method: 'GET', path: '/x', query: 'a=b', headers, body: bytes('') };
  odd.step({ tag: 'http', val: request });
  const [{ tag, val }] = odd.effects.map((effect) => effect);
  assert.equal(tag, 'http-reply');
  assert.equal(val.status, 404);
  assert.deepEqual(val.headers.at(-1), { name: 'x-path', value: '/x' });
});

test('texts and large numbers survive', () => {
  for (const value of ['é€😀', 'x'.repeat(100_000), [1, null, { a: undefined, b: 2 }]]) {
    assert.deepEqual(JSON.parse(text(encode(value))), JSON.parse(JSON.stringify(value)));
  }
  assert.equal(text(encode({ a: [2n ** 64n, 'q"'], b: undefined, c: () => 1 })), '{"a":[18446744073709551616,"q\\""]}');
  assert.throws(() => decode(Uint8Array.of(0xff)), Refusal);
  assert.throws(() => encode(undefined), TypeError);
  const circle = { n: 1n };
  circle.self = circle;
  assert.throws(() => encode(circle), TypeError);
});

test('what is no input is refused', () => {
  const deep = '['.repeat(100_000);
  for (const body of ['', '{', deep, `"${deep}"${deep}`, '{"a":'.repeat(1000)]) {
    assert.throws(() => decode(bytes(body)), Refusal);
  }
  const quoted = `"\\"${deep}"`;
  assert.equal(text(encode(decode(bytes(quoted)))), quoted);
  assert.equal(decode(bytes('[{},'.repeat(100) + '1' + ']'.repeat(100))).length, 2);
});

test('a number that the host does not take is told', () => {
  class Calls extends Odd {
    handleCall(tag, context) {
      return context.call('b', 'x', tag) ?? 'Ack';
    }
  }
  assert.throws(() => start(Calls).call(-1), /RangeError: -1 is no number the host takes/);
  assert.throws(() => start(Calls).call(1.5), /RangeError/);
  assert.equal(start(Calls).call(5), 'Ack');
});
