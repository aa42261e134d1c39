import assert from 'node:assert/strict';
import { test } from 'node:test';

import { counter } from './instance.js';

test('increments are counted', async () => {
  const { start, call, cast } = await counter();
  assert.equal(start(null, ''), '');
  assert.equal(call('"Increment"'), '"Ack"');
  assert.equal(cast('"Increment"'), '');
  assert.equal(call('"Read"'), '{"Value":2}');
});

test('a reset at zero crashes', async () => {
  const { start, call } = await counter();
  start('{{name}}/1', '1');
  assert.equal(call('"Reset"'), '"Ack"');
  assert.throws(() => call('"Reset"'), /^Error: crash: reset at zero$/);
});

test('what it does not know is refused, and changes nothing', async () => {
  const { start, call } = await counter();
  start('{{name}}/1', '7');
  assert.match(call('"Decrement"'), /^refused: not an input/);
  assert.equal(call('"Read"'), '{"Value":7}');
});

test('what was saved comes back', async () => {
  const { start, call, save } = await counter();
  assert.equal(start('{{name}}/1', '18446744073709551614'), '');
  call('"Increment"');
  assert.equal(save(), '18446744073709551615');
  assert.equal(start('another/1', '1'), 'unknown schema');
  assert.equal(start('{{name}}/1', 'one'), 'refused: the saved state is no number');
});
