/**
 * A table in a FlatBuffers message, for checks before a reader that trusts its bytes. An access outside the bytes is a
 * `RangeError`.
 */
export class FlatTable {
  readonly bytes: Buffer;
  readonly #at: number;
  readonly #fields: number;

  private constructor(bytes: Buffer, at: number) {
    this.bytes = bytes;
    this.#at = at;
    this.#fields = at - bytes.readInt32LE(at);
  }

  /** The root table of a message. */
  static root(bytes: Buffer): FlatTable {
    return new FlatTable(bytes, bytes.readUInt32LE(0));
  }

  /** The table in a field, or `undefined` if the field is absent. */
  table(field: number): FlatTable | undefined {
    const at = this.#place(field);
    return at === undefined ? undefined : FlatTable.#pointedAt(this.bytes, at);
  }

  /** The tables in a list field; none if it is absent. */
  *tables(field: number): Iterable<FlatTable> {
    for (const at of this.places(field, 4)) yield FlatTable.#pointedAt(this.bytes, at);
  }

  /** The offsets of the elements of a list field, each of `size` bytes; none if it is absent. */
  *places(field: number, size: number): Iterable<number> {
    const {begin, count} = this.list(field, size);
    for (let i = 0; i < count; i++) yield begin + i * size;
  }

  /** The offset and the number of the elements of a list or text field, each of `size` bytes. */
  list(field: number, size: number): {readonly begin: number; readonly count: number} {
    const at = this.#place(field);
    if (at === undefined) return {begin: 0, count: 0};
    const list = at + this.bytes.readUInt32LE(at);
    const count = this.bytes.readUInt32LE(list);
    if (list + 4 + count * size > this.bytes.length) {
      throw new RangeError(`A list of ${count} elements does not fit.`);
    }
    return {begin: list + 4, count};
  }

  byte(field: number): number {
    const at = this.#place(field);
    return at === undefined ? 0 : this.bytes.readUInt8(at);
  }

  /** A 64-bit whole number. */
  long(field: number): number {
    const at = this.#place(field);
    return at === undefined ? 0 : Number(this.bytes.readBigInt64LE(at));
  }

  static #pointedAt(bytes: Buffer, at: number): FlatTable {
    return new FlatTable(bytes, at + bytes.readUInt32LE(at));
  }

  #place(field: number): number | undefined {
    // Signed, as the library reads them, although the format has unsigned ones.
    const slot = 4 + 2 * field;
    if (slot >= this.bytes.readInt16LE(this.#fields)) return undefined;
    const offset = this.bytes.readInt16LE(this.#fields + slot);
    return offset === 0 ? undefined : this.#at + offset;
  }
}
