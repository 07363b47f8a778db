/** Reads TensorBoard's event files by their formats alone, to compare them with the intended contents. */

/** A field of a protocol-buffers message: a number, or bytes. */
export type Field = number | Buffer;

/** The fields of a message by number, with repetitions. */
export type Message = ReadonlyMap<number, readonly Field[]>;

/** The records of a TFRecord file. Throws if a length or a checksum does not match. */
export function readRecords(file: Buffer): readonly Buffer[] {
  const records: Buffer[] = [];
  for (let at = 0; at < file.length;) {
    const length = Number(file.readBigUInt64LE(at));
    const content = file.subarray(at + 12, at + 12 + length);
    if (content.length !== length) throw new Error('A record is cut short.');
    assertChecksum(file.subarray(at, at + 8), file.readUInt32LE(at + 8));
    assertChecksum(content, file.readUInt32LE(at + 12 + length));
    records.push(content);
    at += length + 16;
  }
  return records;
}

function assertChecksum(bytes: Uint8Array, masked: number): void {
  const turned = (masked - 0xa282ead8) >>> 0;
  const crc = ((turned >>> 17) | (turned << 15)) >>> 0;
  if (crc !== castagnoli(bytes)) throw new Error('A checksum does not match.');
}

/** By the definition: polynomial division of the reflected bits, one by one. */
function castagnoli(bytes: Uint8Array): number {
  let rest = 0xffffffffn;
  for (const byte of bytes) {
    rest ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) rest = rest & 1n ? (rest >> 1n) ^ 0x82f63b78n : rest >> 1n;
  }
  return Number(rest ^ 0xffffffffn);
}

export function readMessage(bytes: Buffer): Message {
  const fields = new Map<number, Field[]>();
  let at = 0;
  const varint = (): number => {
    let [value, scale] = [0, 1];
    for (; bytes[at]! >= 128; at++, scale *= 128) value += (bytes[at]! - 128) * scale;
    return value + bytes[at++]! * scale;
  };
  while (at < bytes.length) {
    const key = varint();
    const type = key % 8;
    let field: Field;
    if (type === 0) field = varint();
    else if (type === 1) field = bytes.readDoubleLE((at += 8) - 8);
    else if (type === 5) field = bytes.readFloatLE((at += 4) - 4);
    else if (type === 2) {
      const length = varint();
      field = bytes.subarray(at, (at += length));
    } else throw new Error(`There is no wire type ${type}.`);
    const number = Math.floor(key / 8);
    fields.set(number, [...(fields.get(number) ?? []), field]);
  }
  return fields;
}

/** An event as plain data, with the names of the official definitions. */
export function readEvent(record: Buffer): unknown {
  const event = readMessage(record);
  const [summary] = event.get(5) ?? [];
  const values = summary === undefined ? [] : (readMessage(summary as Buffer).get(1) ?? []);
  return {
    wall_time: event.get(1)?.[0],
    ...(event.has(2) && {step: event.get(2)![0]}),
    ...(event.has(3) && {file_version: String(event.get(3)![0])}),
    ...(values.length > 0 && {values: values.map((value) => readValue(value as Buffer))}),
  };
}

function readValue(bytes: Buffer): unknown {
  const value = readMessage(bytes);
  const tag = String(value.get(1)?.[0]);
  if (value.has(2)) return {tag, simple_value: value.get(2)![0]};
  if (value.has(4)) {
    const image = readMessage(value.get(4)![0] as Buffer);
    const [height, width, colorspace, encoded_image_string] = [1, 2, 3, 4].map(
      (field) => image.get(field)?.[0],
    );
    return {tag, image: {height, width, colorspace, encoded_image_string}};
  }
  const histo = readMessage(value.get(5)![0] as Buffer);
  const [min, max, num, sum, sum_squares] = [1, 2, 3, 4, 5].map((field) => histo.get(field)?.[0]);
  const [bucket_limit, bucket] = [6, 7].map((field) => doubles(histo.get(field)![0] as Buffer));
  return {tag, histo: {min, max, num, sum, sum_squares, bucket_limit, bucket}};
}

function doubles(bytes: Buffer): readonly number[] {
  return Array.from({length: bytes.length / 8}, (_, i) => bytes.readDoubleLE(8 * i));
}
