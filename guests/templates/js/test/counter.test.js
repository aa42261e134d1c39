import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Counter } from '../src/counter.js';
import { Crash, Refusal, start } from '../src/tomte/index.js';

test('increments are counted', () => {
  const counter = start(Counter);
  counter.call('Increment');
  assert.equal(counter.call('Increment'), 'Ack');
  assert.deepEqual(counter.call('Read'), { Value: 2 });
});

test('a reset at zero crashes', () => {
  const counter = start(Counter, { state: 1 });
  assert.equal(counter.call('Reset'), 'Ack');
  assert.throws(() => counter.call('Reset'), new Crash('reset at zero'));
});

test('what it does not know is refused, and changes nothing', () => {
  const counter = start(Counter, { state: 7 });
  assert.throws(() => counter.call('Decrement'), Refusal);
  assert.deepEqual(counter.call('Read'), { Value: 7 });
});

test('what was saved comes back', () => {
  const counter = start(Counter, { saved: { schema: '{{name}}/1', data: '41' } });
  counter.cast('Increment');
  assert.deepEqual(counter.save(), { schema: '{{name}}/1', data: '42' });
});
