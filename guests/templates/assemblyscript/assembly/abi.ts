// The canonical ABI of components by hand: texts and bodies in memory, effects of 72 bytes, what is kept until when.

/** How many bytes an effect has: its case, and what it holds from the eighth byte on. */
const EFFECT: usize = 72;

// What the host has put into memory for this call, and what it has yet to read of the answer.
let taken: usize[] = [];
let kept: ArrayBuffer[] = [];

let effects: usize = 0;
let effectsRoom: u32 = 0;
let effectsLen: u32 = 0;

/** Where results are returned: a case, then at 4 what it holds. */
const RESULT = memory.data(16, 8);

export function cabi_realloc(old: usize, oldLen: usize, align: usize, len: usize): usize {
  const block = heap.alloc(max(len, 1));
  taken.push(block);
  if (old) memory.copy(block, old, min(oldLen, len));
  return block;
}

/** After each call, when the host has read the answer. */
export function release(): void {
  for (let i = 0; i < taken.length; i++) heap.free(taken[i]);
  taken.length = 0;
  kept.length = 0;
  effectsLen = 0;
}

/** A text that the host has put into memory. */
export function text(ptr: usize, len: usize): string {
  return String.UTF8.decodeUnsafe(ptr, len);
}

/** Bytes that the host has put into memory. */
export function bytes(ptr: usize, len: usize): ArrayBuffer {
  const copy = new ArrayBuffer(len as i32);
  memory.copy(changetype<usize>(copy), ptr, len);
  return copy;
}

/** A new effect of this case, all zero; where what it holds begins. */
export function want(which: u8): usize {
  if (effectsLen == effectsRoom) {
    effectsRoom = effectsRoom ? effectsRoom * 2 : 4;
    effects = effects ? heap.realloc(effects, EFFECT * effectsRoom) : heap.alloc(EFFECT * effectsRoom);
  }
  const at = effects + EFFECT * effectsLen++;
  memory.fill(at, 0, EFFECT);
  store<u8>(at, which);
  return at + 8;
}

/** Bytes into a place of eight: where they are, and how many. */
export function put(at: usize, body: ArrayBuffer): void {
  kept.push(body);
  store<u32>(at, changetype<usize>(body) as u32);
  store<u32>(at, body.byteLength, 4);
}

/** A text into a place of eight. */
export function putText(at: usize, value: string): void {
  put(at, String.UTF8.encode(value));
}

/** A list of pairs of texts into a place of eight. */
export function putPairs(at: usize, pairs: string[][]): void {
  const list = new ArrayBuffer(pairs.length * 16);
  const first = changetype<usize>(list);
  for (let i = 0; i < pairs.length; i++) {
    putText(first + i * 16, pairs[i][0]);
    putText(first + i * 16 + 8, pairs[i][1]);
  }
  put(at, list);
  store<u32>(at, pairs.length, 4);
}

/** A tag into a place of sixteen; a negative one is none. */
export function putTag(at: usize, tag: i64): void {
  store<u8>(at, tag >= 0 ? 1 : 0);
  store<i64>(at, tag, 8);
}

/** The effects as a list in a place of eight. */
export function putEffects(at: usize): void {
  store<u32>(at, effects as u32);
  store<u32>(at, effectsLen, 4);
}

/** A result: its case; what it holds is put behind it. */
export function result(which: u8): usize {
  store<u8>(RESULT, which);
  return RESULT;
}

// ---- for tests: the first effect of a case ------------------------------------------------------------------------

export function effectOf(which: u8): usize {
  for (let i: u32 = 0; i < effectsLen; i++) {
    const at = effects + EFFECT * i;
    if (load<u8>(at) == which) return at + 8;
  }
  return 0;
}
