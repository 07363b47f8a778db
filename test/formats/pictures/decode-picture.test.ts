import assert from 'node:assert/strict';
import {test} from 'node:test';
import {CorruptFile, FileFault, UnsupportedFile} from '../../../src/formats/file-fault.ts';
import {decodePicture} from '../../../src/formats/pictures/decode-picture.ts';
import {Random} from '../../../src/learning/random.ts';
import {jpegOf, pngOf, rgbPixels} from '../../support/data/small-archives.ts';
import {bmpOf, gifOf, webpOf} from '../../support/data/small-bitmaps.ts';

const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');

/**
 * The example of Flickinger's "What's In A GIF": 10 × 10 pixels in white, red and blue, with codes that grow longer.
 */
const sampleGif = bytesOf(`47494638396 10a000a00 910000 ffffff ff0000 0000ff 000000 21f9040000000000
  2c000000000a000a0000 02 16 8c2d99872a1cdc33a00275ec95faa8de608c04914c01 00 3b`);

test('a GIF picture is what its description says', () => {
  const {width, height, pixels} = decodePicture(sampleGif, 'a');
  const colours: Readonly<Record<string, readonly number[]>> = {
    w: [255, 255, 255],
    r: [255, 0, 0],
    b: [0, 0, 255],
  };
  const rows = [
    ...Array<string>(3).fill('rrrrrbbbbb'),
    ...Array<string>(2).fill('rrrwwwwbbb'),
    ...Array<string>(2).fill('bbbwwwwrrr'),
    ...Array<string>(3).fill('bbbbbrrrrr'),
  ];
  assert.deepEqual([width, height], [10, 10]);
  assert.deepEqual(
    [...pixels],
    rows
      .join('')
      .split('')
      .flatMap((letter) => colours[letter]!),
  );
});

test('an interlaced GIF picture has its rows in order', () => {
  const indices = Uint8Array.from({length: 3 * 9}, (_, i) => Math.floor(i / 3));
  const gif = gifOf(3, 9, indices);
  gif[gif.indexOf(0x2c, 13 + 48) + 9] = 0x40;
  const {pixels} = decodePicture(gif, 'a');
  const greens = Array.from({length: 9}, (_, y) => pixels[9 * y + 2]);
  assert.deepEqual(greens, [0, 5, 3, 6, 2, 7, 4, 8, 1]);
});

test('a frame of a GIF picture that is larger than the picture is refused, and asks for no memory', () => {
  const gif = Buffer.from(sampleGif);
  const frame = gif.indexOf(0x2c, 25);
  gif.fill(0xff, frame + 5, frame + 9);
  assert.throws(() => decodePicture(gif, 'a'), /a: its GIF data is damaged or cut short/);
});

test('a BMP picture is read from below or from above', () => {
  const pixels = rgbPixels(5, 3, 1);
  const bmp = bmpOf(5, 3, pixels);
  assert.deepEqual(decodePicture(bmp, 'a'), {width: 5, height: 3, pixels});
  bmp.writeInt32LE(-3, 22);
  const rows = [2, 1, 0].flatMap((y) => [...pixels.subarray(15 * y, 15 * y + 15)]);
  assert.deepEqual([...decodePicture(bmp, 'a').pixels], rows);
});

/** Gives a BMP picture of two pixels: a header of 40 bytes, `rest`, and the row of pixels. */
function smallBmp(bits: number, packing: number, rest: string, row: string): Buffer {
  const head = Buffer.alloc(54);
  head.write('BM', 'latin1');
  head.writeUInt32LE(54 + rest.length / 2, 10);
  head.writeUInt32LE(40, 14);
  head.writeInt32LE(2, 18);
  head.writeInt32LE(1, 22);
  head.writeUInt16LE(bits, 28);
  head.writeUInt32LE(packing, 30);
  return Buffer.concat([head, bytesOf(rest), bytesOf(row)]);
}

for (const [what, bmp, expected] of [
  ['1 bit', smallBmp(1, 0, '0102030004050600', '40000000'), [3, 2, 1, 6, 5, 4]],
  ['4 bits', smallBmp(4, 0, `${'00000000'.repeat(15)}04050600`, '0f000000'), [0, 0, 0, 6, 5, 4]],
  ['16 bits', smallBmp(16, 0, '', '007c1f00'), [255, 0, 0, 0, 0, 255]],
  [
    '16 bits and masks',
    smallBmp(16, 3, '00f80000e00700001f000000', 'e0070084'),
    [0, 255, 0, 132, 130, 0],
  ],
  ['32 bits', smallBmp(32, 0, '', '0102030004050600'), [3, 2, 1, 6, 5, 4]],
] as const) {
  test(`a BMP picture of ${what} is read`, () => {
    assert.deepEqual([...decodePicture(bmp, 'a').pixels], expected);
  });
}

test('a packed BMP picture is refused with a sentence', () => {
  assert.throws(
    () => decodePicture(smallBmp(8, 1, '00000000', '00000000'), 'a'),
    (error) => error instanceof UnsupportedFile && /packed in a way/.test(error.message),
  );
});

test('a WebP picture is read: without losses, with losses, with opacity', () => {
  const {width, height, pixels} = decodePicture(webpOf(3, [0, 1, 1, 1, 0, 0], [7, 99]), 'a');
  assert.deepEqual([width, height], [3, 2]);
  assert.deepEqual(
    [...pixels],
    [7, 99, 99, 99, 7, 7].flatMap((green) => [10, green, 20]),
  );
  for (const base64 of [
    'UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA',
    'UklGRkoAAABXRUJQVlA4WAoAAAAQAAAAAAAAAAAAQUxQSAwAAAARBxAR/Q9ERP8DAABWUDggGAAAABQBAJ0BKgEAAQAAAP4AAA3AAP7mtQAAAA==',
  ]) {
    const one = decodePicture(Buffer.from(base64, 'base64'), 'a');
    assert.deepEqual([one.width, one.height, one.pixels.length], [1, 1, 3]);
  }
});

test('a picture of a kind that is not read is called what it is', () => {
  const refused = (bytes: Buffer): string => {
    try {
      decodePicture(bytes, 'a');
    } catch (error) {
      return (error as Error).message;
    }
    return 'read';
  };
  assert.match(
    refused(Buffer.from('\0\0\0\x18ftypheic....')),
    /a HEIC or AVIF picture, which is not/,
  );
  assert.match(refused(Buffer.from('II*\0........')), /a TIFF picture, which is not read/);
  assert.match(refused(Buffer.from('hello')), /neither a JPEG, PNG, WebP, GIF nor BMP picture/);
});

test('a picture that claims to be huge is refused before memory is asked for', () => {
  const gif = Buffer.from(sampleGif);
  gif.writeUInt32LE(0xffffffff, 6);
  const bmp = bmpOf(2, 2, new Uint8Array(12));
  bmp.writeInt32LE(2 ** 30, 18);
  const webp = webpOf(1, [0], [1, 2]);
  webp.writeUInt32LE(0x0fffffff, 21);
  for (const huge of [gif, bmp, webp]) {
    assert.throws(
      () => decodePicture(huge, 'a'),
      (error) => error instanceof CorruptFile && /a: refused: a picture of/.test(error.message),
    );
  }
});

const whole = {
  gif: sampleGif,
  'gif of sixteen colours': gifOf(
    20,
    20,
    Uint8Array.from({length: 400}, (_, i) => i % 16),
  ),
  bmp: bmpOf(6, 6, rgbPixels(6, 6, 2)),
  webp: webpOf(
    8,
    Array.from({length: 64}, (_, i) => (i % 3 === 0 ? 1 : 0)),
    [3, 200],
  ),
  png: Buffer.from(pngOf(6, 6, 3)),
  jpeg: jpegOf(8, 8, 1),
};
for (const [name, picture] of Object.entries(whole)) {
  test(`a ${name} picture that is cut short or damaged is refused with a sentence, or read`, () => {
    const decode = (bytes: Buffer): 'read' | 'refused' => {
      try {
        decodePicture(bytes, 'a');
        return 'read';
      } catch (error) {
        if (error instanceof FileFault) return 'refused';
        throw error;
      }
    };
    assert.equal(decode(picture), 'read');
    for (const part of [0.3, 0.6, 0.9]) {
      const cut = picture.subarray(0, Math.floor(part * (picture.length - 3)));
      assert.equal(decode(cut), 'refused', `cut to ${cut.length} of ${picture.length}`);
    }
    const random = new Random(1, name);
    for (let n = 0; n < 100; n++) {
      const damaged = Buffer.from(picture);
      damaged[random.integer(picture.length)] = random.integer(256);
      decode(damaged);
    }
  });
}
