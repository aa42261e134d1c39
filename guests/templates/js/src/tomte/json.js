// Bytes, text and JSON. A whole number that a Number cannot hold comes as a BigInt, and a BigInt leaves as a number,
// so that what is counted in 64 bits elsewhere stays exact here.

import { Refusal } from './failure.js';

// QuickJS has no TextEncoder. An argument list has a limit, hence the pieces.
const PIECE = 4096;

// A nest deeper than this is refused before it exhausts the stack.
const DEPTH_MAX = 200;

/** A text as UTF-8. */
export const bytes = (text) => Uint8Array.from(unescape(encodeURIComponent(text)), (letter) => letter.charCodeAt(0));

/** UTF-8 as a text. Throws if it is none. */
export function text(body) {
  let letters = '';
  for (let at = 0; at < body.length; at += PIECE) letters += String.fromCharCode(...body.subarray(at, at + PIECE));
  try {
    return decodeURIComponent(escape(letters));
  } catch {
    throw new SyntaxError('not UTF-8');
  }
}

/** A value as JSON in bytes. Bytes stay as they are. */
export function encode(value) {
  if (value instanceof Uint8Array) return value;
  const written = write(value);
  if (written === undefined) throw new TypeError(`${show(value)} has no form in JSON`);
  return bytes(written);
}

/** JSON in bytes as a value. Throws what is wrong with it. */
export function parse(body) {
  const json = text(body);
  if (json.split(/[[{]/, DEPTH_MAX + 2).length > DEPTH_MAX + 1) checkDepth(json);
  return /\d{16}/.test(json) ? JSON.parse(json, exact) : JSON.parse(json);
}

function checkDepth(json) {
  let depth = 0;
  for (const [part] of json.matchAll(/"(?:[^"\\]|\\.)*"|[[{\]}]/g)) {
    if (part === '[' || part === '{') depth += 1;
    else if (part === ']' || part === '}') depth -= 1;
    if (depth > DEPTH_MAX) throw new SyntaxError(`nested deeper than ${DEPTH_MAX}`);
  }
}

/** The same of an input: what is wrong with it is a refusal. */
export function decode(body) {
  try {
    return parse(body);
  } catch (error) {
    throw new Refusal(`not an input of this behaviour: ${error.message}`);
  }
}

/** A value for people. */
export const show = (value) => {
  try {
    return write(value) ?? String(value);
  } catch {
    return String(value);
  }
};

// Node.js tells the source of a number from version 21 on, QuickJS always.
function exact(key, value, context) {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  return /^-?\d+$/.test(context?.source) ? BigInt(context.source) : value;
}

function write(value) {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return writeExact(value, []);
  }
}

// JSON.stringify knows no BigInt.
function writeExact(value, within) {
  if (typeof value === 'bigint') return `${value}`;
  if (value === null || typeof value !== 'object' || value.toJSON) return JSON.stringify(value);
  if (within.includes(value)) throw new TypeError('a value that contains itself has no form in JSON');
  const inner = (part) => writeExact(part, [...within, value]);
  if (Array.isArray(value)) return `[${value.map((part) => inner(part) ?? 'null').join()}]`;
  const pairs = Object.entries(value).map(([key, part]) => [JSON.stringify(key), inner(part)]);
  return `{${pairs.filter(([, part]) => part !== undefined).map((pair) => pair.join(':')).join()}}`;
}
