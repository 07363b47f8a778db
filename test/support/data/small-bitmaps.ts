/** A pixel of each of these colours (RGB) in a row, as a BMP picture of 24 bits. */
export function bmpOf(width: number, height: number, pixels: Uint8Array): Buffer {
  const rowBytes = Math.ceil((3 * width) / 4) * 4;
  const whole = Buffer.alloc(54 + rowBytes * height);
  whole.write('BM', 'latin1');
  whole.writeUInt32LE(whole.length, 2);
  whole.writeUInt32LE(54, 10);
  whole.writeUInt32LE(40, 14);
  whole.writeInt32LE(width, 18);
  whole.writeInt32LE(height, 22);
  whole.writeUInt16LE(1, 26);
  whole.writeUInt16LE(24, 28);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) {
        // Rows from below, and blue first.
        whole[54 + (height - 1 - y) * rowBytes + 3 * x + 2 - c] = pixels[3 * (y * width + x) + c]!;
      }
    }
  }
  return whole;
}

/** A GIF picture of 16 colours, whose codes are never joined to longer ones: each pixel is a code of its own. */
export function gifOf(width: number, height: number, indices: Uint8Array): Buffer {
  const bits: number[] = [];
  const put = (code: number): void => {
    for (let bit = 0; bit < 5; bit++) bits.push((code >> bit) & 1);
  };
  indices.forEach((index, i) => {
    // Before codes would grow beyond five bits.
    if (i % 12 === 0) put(16);
    put(index);
  });
  put(17);
  const bytes = Array.from({length: Math.ceil(bits.length / 8)}, (_, i) =>
    bits.slice(8 * i, 8 * i + 8).reduce((sum, bit, at) => sum | (bit << at), 0),
  );
  const blocks: number[] = [];
  for (let at = 0; at < bytes.length; at += 255) {
    const piece = bytes.slice(at, at + 255);
    blocks.push(piece.length, ...piece);
  }
  const size = [width & 255, width >> 8, height & 255, height >> 8];
  const palette = Array.from({length: 16}, (_, i) => [16 * i, 255 - 16 * i, i]).flat();
  const screen = [...size, 0x83, 0, 0, ...palette];
  const frame = [0x2c, 0, 0, 0, 0, ...size, 0, 4, ...blocks, 0];
  return Buffer.from([...Buffer.from('GIF89a'), ...screen, ...frame, 0x3b]);
}

/** A WebP picture without losses in two colours (RGB): one bit a pixel, whether it has the second. At most 14 bits a side. */
export function webpOf(
  width: number,
  bits: readonly (0 | 1)[],
  [green0, green1]: readonly [number, number],
): Buffer {
  const out: number[] = [];
  const put = (value: number, count: number): void => {
    for (let bit = 0; bit < count; bit++) out.push((value >> bit) & 1);
  };
  put(width - 1, 14);
  put(bits.length / width - 1, 14);
  put(0, 4); // No opacity, version 0.
  put(0, 3); // No transform, no cache of colours, one group of codes.
  // Codes of green: two symbols of eight bits.
  put(0b11, 2);
  put(1, 1);
  put(green0, 8);
  put(green1, 8);
  // Of red, blue, opacity and distance: one symbol of eight bits.
  for (const value of [10, 20, 255, 0]) {
    put(0b01, 2);
    put(1, 1);
    put(value, 8);
  }
  out.push(...bits);
  const data = Array.from({length: Math.ceil(out.length / 8)}, (_, i) =>
    out.slice(8 * i, 8 * i + 8).reduce((sum, bit, at) => sum | (bit << at), 0),
  );
  const chunk = Buffer.from([0x2f, ...data]);
  const padded = Buffer.concat([chunk, Buffer.alloc(chunk.length % 2)]);
  const head = Buffer.alloc(20);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(12 + padded.length, 4);
  head.write('WEBPVP8L', 8, 'latin1');
  head.writeUInt32LE(chunk.length, 16);
  return Buffer.concat([head, padded]);
}
