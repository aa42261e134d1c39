// Random numbers from the host's seed: the same seed, the same numbers.

const WORD = 0x1_0000_0000;

/** A `Math.random` of this seed: sfc32. */
export function seeded(seed) {
  let [a, b, c, d] = [seed % WORD, seed / WORD, 0x9e3779b9, 1].map((word) => word | 0);
  const draw = () => {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / WORD;
  };
  for (let warm = 0; warm < 12; warm += 1) draw();
  return draw;
}
