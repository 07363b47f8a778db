/** A `.npy` file as NumPy writes it. @param descr such as `|u1`, `<f4`, `>i2` */
export function npyOf(
  {
    descr,
    shape,
    isFortran = false,
    version = 1,
  }: {
    readonly descr: string;
    readonly shape: readonly number[];
    readonly isFortran?: boolean;
    readonly version?: number;
  },
  data: Uint8Array,
): Buffer {
  const extents = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const order = isFortran ? 'True' : 'False';
  const text = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${extents}), }`;
  const lengthBytes = version === 1 ? 2 : 4;
  const padding = 63 - ((8 + lengthBytes + text.length) % 64);
  const header = Buffer.from(`${text}${' '.repeat(padding)}\n`, 'latin1');
  const head = Buffer.alloc(8 + lengthBytes);
  head.write('\x93NUMPY', 'latin1');
  head[6] = version;
  head.writeUIntLE(header.length, 8, lengthBytes);
  return Buffer.concat([head, header, data]);
}

/** Bytes 0 … 255 as an array. */
export function byteArray(shape: readonly number[], data: Uint8Array): Buffer {
  return npyOf({descr: '|u1', shape}, data);
}

/** Labels as NumPy has them by default. */
export function labelArray(
  labels: readonly number[],
  shape: readonly number[] = [labels.length],
): Buffer {
  const data = new Uint8Array(BigInt64Array.from(labels, BigInt).buffer);
  return npyOf({descr: '<i8', shape}, data);
}
