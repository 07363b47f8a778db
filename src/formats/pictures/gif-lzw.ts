/** Codes have at most 12 bits (GIF89a, appendix F). */
const maxCodes = 4096;

/**
 * Unpacks what GIF packs by LZW: at most `count` bytes are made, whatever the data says.
 * @param codeBits of the smallest codes, without the two that steer
 * @throws RangeError if the data is damaged, or ends before `count` bytes
 */
export function unpackLzw(packed: Uint8Array, codeBits: number, count: number): Uint8Array {
  if (codeBits < 1 || codeBits > 8) throw new RangeError('an unknown size of codes');
  const [clear, end] = [1 << codeBits, (1 << codeBits) + 1];
  const codes = new CodeReader(packed);
  const unpacked = new Uint8Array(count);
  // Each code stands for the bytes of an earlier one and one byte more.
  const [before, byte] = [new Uint16Array(maxCodes), new Uint8Array(maxCodes)];
  const reversed = new Uint8Array(maxCodes + 1);
  for (let i = 0; i < clear; i++) byte[i] = i;
  let [bits, next, last, first, at] = [codeBits + 1, end + 1, -1, 0, 0];
  while (at < count) {
    const code = codes.next(bits);
    if (code === end) break;
    if (code === clear) {
      [bits, next, last] = [codeBits + 1, end + 1, -1];
      continue;
    }
    if (code > next || (code === next && last < 0)) throw new RangeError('a code of nothing');
    let length = 0;
    // A code that is only now being made is the last one and its own first byte.
    if (code === next) reversed[length++] = first;
    let walk = code === next ? last : code;
    for (; walk > end; walk = before[walk]!) reversed[length++] = byte[walk]!;
    if (walk >= clear) throw new RangeError('a code of nothing');
    first = byte[walk]!;
    reversed[length++] = first;
    while (length > 0 && at < count) unpacked[at++] = reversed[--length]!;
    if (last >= 0 && next < maxCodes) {
      before[next] = last;
      byte[next++] = first;
      if (next === 1 << bits && bits < 12) bits++;
    }
    last = code;
  }
  if (at < count) throw new RangeError('too few pixels');
  return unpacked;
}

/** Codes of any number of bits, the lowest first. */
class CodeReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #held = 0;
  #bits = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  next(bits: number): number {
    while (this.#bits < bits) {
      if (this.#at >= this.#bytes.length) throw new RangeError('the data ends');
      this.#held |= this.#bytes[this.#at++]! << this.#bits;
      this.#bits += 8;
    }
    const code = this.#held & ((1 << bits) - 1);
    this.#held >>>= bits;
    this.#bits -= bits;
    return code;
  }
}
