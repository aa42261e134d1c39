// The module alone, without a host: assembled by wabt, called as a host calls it.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import wabt from 'wabt';

const source = await readFile(new URL('counter.wat', import.meta.url), 'utf8');
const parsed = (await wabt()).parseWat('counter.wat', source, { bulk_memory: true, multi_value: true });
const module = await WebAssembly.compile(parsed.toBinary({}).buffer);

const SCHEMA = '{{name}}/1';
const CALLBACKS = 'tomte:behaviour/callbacks@0.1.0#';
const STATE = 'tomte:behaviour/state@0.1.0#';

/** An instance: `start` returns the case of its failure, the others texts. */
function counter() {
  const texts = (ptr, len) => new TextDecoder().decode(new Uint8Array(memory.buffer, ptr, len));
  const word = (at) => new DataView(memory.buffer).getUint32(at, true);
  const crash = (ptr, len) => {
    throw new Error(`crash: ${texts(ptr, len)}`);
  };
  const imports = { 'tomte:behaviour/log@0.1.0': { log() {} }, 'tomte:behaviour/fault@0.1.0': { crash } };
  const { exports } = new WebAssembly.Instance(module, imports);
  const { memory } = exports;
  const put = (text) => {
    const bytes = new TextEncoder().encode(text);
    const at = exports.cabi_realloc(0, 0, 1, bytes.length);
    new Uint8Array(memory.buffer, at, bytes.length).set(bytes);
    return [at, bytes.length];
  };
  const run = (name, given, read) => {
    const at = exports[name](...given);
    const answer = read(at);
    exports[`cabi_post_${name}`](at);
    return answer;
  };
  const step = (kind, ...given) => run(`${CALLBACKS}step`, [0n, 0n, kind, ...given, ...Array(12 - given.length).fill(0)], (at) => {
    if (new Uint8Array(memory.buffer)[at] === 1) return `refused: ${texts(word(at + 4), word(at + 8))}`;
    const effect = word(at + 4);
    return word(at + 8) === 0 ? '' : texts(word(effect + 16), word(effect + 20));
  });
  return {
    start: (saved) => run(`${CALLBACKS}init`, [...put('w'), 0n, 0n, 1n, ...put('{}'), saved ? 1 : 0, ...put(saved?.[0] ?? ''), ...put(saved?.[1] ?? '')],
      (at) => (new Uint8Array(memory.buffer)[at] === 0 ? undefined : new Uint8Array(memory.buffer)[at + 4])),
    call: (body) => step(0, 7n, ...put(body)),
    cast: (body) => step(2, ...put(body).map((number, place) => (place === 0 ? BigInt(number) : number))),
    save: () => run(`${STATE}save`, [], (at) => [texts(word(at), word(at + 4)), texts(word(at + 8), word(at + 12))]),
  };
}

test('increments are counted', () => {
  const { start, call, cast } = counter();
  assert.equal(start(), undefined);
  assert.equal(call('"Increment"'), '"Ack"');
  assert.equal(cast('"Increment"'), '');
  assert.equal(call('"Read"'), '{"Value":2}');
});

test('a reset at zero crashes', () => {
  const { start, call } = counter();
  start([SCHEMA, '1']);
  assert.equal(call('"Reset"'), '"Ack"');
  assert.throws(() => call('"Reset"'), /^Error: crash: reset at zero$/);
});

test('what it does not know is refused, and changes nothing', () => {
  const { start, call } = counter();
  start([SCHEMA, '7']);
  assert.match(call('"Decrement"'), /^refused: not an input of this behaviour: .*"Reset"$/);
  assert.equal(call('"Read"'), '{"Value":7}');
});

test('what was saved comes back', () => {
  const { start, call, save } = counter();
  start([SCHEMA, '18446744073709551614']);
  call('"Increment"');
  assert.deepEqual(save(), [SCHEMA, '18446744073709551615']);
  assert.equal(start(['another/1', '1']), 1);
  for (const damaged of ['', 'one', '18446744073709551616', '99999999999999999999']) assert.equal(start([SCHEMA, damaged]), 2);
});
