// A fresh instance of assembly/testing.ts, which `npm test` has compiled.

import { readFile } from 'node:fs/promises';

import { instantiate } from '../build/testing.js';

const module = await WebAssembly.compile(await readFile(new URL('../build/testing.wasm', import.meta.url)));

export async function counter() {
  let text;
  const host = {
    log: (level, ptr, len) => console.error(`log ${level}: ${text(ptr, len)}`),
    crash: (ptr, len) => {
      throw new Error(`crash: ${text(ptr, len)}`);
    },
  };
  const imports = { 'tomte:behaviour/log@0.1.0': host, 'tomte:behaviour/fault@0.1.0': host };
  const made = await instantiate(module, imports);
  text = (ptr, len) => new TextDecoder().decode(new Uint8Array(made.memory.buffer, ptr, len));
  return made;
}
