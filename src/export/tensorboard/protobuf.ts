/** The bytes of a field of a protocol-buffers message; a message is the concatenation of its fields. */
export type FieldBytes = Buffer;

const wire = {varint: 0, eightBytes: 1, counted: 2, fourBytes: 5} as const;

/** A whole number ≥ 0. */
export function intField(number: number, value: number): FieldBytes {
  return Buffer.concat([tag(number, wire.varint), varint(value)]);
}

export function doubleField(number: number, value: number): FieldBytes {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([tag(number, wire.eightBytes), bytes]);
}

export function floatField(number: number, value: number): FieldBytes {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([tag(number, wire.fourBytes), bytes]);
}

/** Bytes, or the fields of a message. */
export function bytesField(number: number, ...parts: readonly Uint8Array[]): FieldBytes {
  const content = Buffer.concat(parts);
  return Buffer.concat([tag(number, wire.counted), varint(content.length), content]);
}

export function textField(number: number, text: string): FieldBytes {
  return bytesField(number, Buffer.from(text));
}

/** A list of numbers, packed. */
export function doublesField(number: number, values: Float64Array): FieldBytes {
  const bytes = Buffer.alloc(8 * values.length);
  values.forEach((value, i) => bytes.writeDoubleLE(value, 8 * i));
  return bytesField(number, bytes);
}

function tag(number: number, type: number): Buffer {
  return varint(8 * number + type);
}

/** A variable-length number: seven bits per byte, the lowest first; the eighth bit says that more follow. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}
