/** Reads the bytes of a pickle from front to back. Reading beyond the end is a `RangeError` with a sentence. */
export class PickleBytes {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The number of bytes read. */
  get position(): number {
    return this.#at;
  }

  byte(): number {
    return this.take(1)[0]!;
  }

  /** The next `count` bytes; shares their memory. */
  take(count: number): Buffer {
    const end = this.#at + count;
    if (end > this.#bytes.length) throw new RangeError('its pickle is cut short');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  /** An unsigned whole number of `size` bytes, at most 4. */
  unsigned(size: number): number {
    return this.take(size).readUIntLE(0, size);
  }

  /** A length in `size` bytes, at most 8. */
  length(size: number): number {
    if (size < 8) return this.unsigned(size);
    const length = this.take(8).readBigUInt64LE();
    if (length > BigInt(this.#bytes.length)) throw new RangeError('its pickle is cut short');
    return Number(length);
  }

  /** A text after its length in `size` bytes. */
  text(size: number): string {
    return this.take(this.length(size)).toString('utf8');
  }

  /** The text before the next line feed. */
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) throw new RangeError('its pickle is cut short');
    const line = this.take(end - this.#at).toString('utf8');
    this.take(1);
    return line;
  }

  /** A whole number of any size in two's complement, after its length in one byte. */
  long(): number | bigint {
    const bytes = this.take(this.byte());
    if (bytes.length === 0) return 0;
    if (bytes.length <= 6) return bytes.readIntLE(0, bytes.length);
    const digits = Buffer.from(bytes).reverse().toString('hex');
    const value = BigInt.asIntN(8 * bytes.length, BigInt(`0x${digits}`));
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
}
