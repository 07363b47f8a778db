import assert from 'node:assert/strict';
import {test} from 'node:test';
import {encode} from 'fast-png';
import {encode as encodeJpeg} from 'jpeg-js';
import {CorruptFile} from '../../../../src/formats/file-fault.ts';
import {decodePicture} from '../../../../src/formats/pictures/decode-picture.ts';
import {resizePicture} from '../../../../src/formats/pictures/resize.ts';
import {jpegOf, pngOf, rgbPixels} from '../../../support/data/small-archives.ts';

test('a PNG picture comes back as it was drawn', () => {
  assert.deepEqual(decodePicture(pngOf(5, 4, 1), 'a'), {
    width: 5,
    height: 4,
    pixels: rgbPixels(5, 4, 1),
  });
});

test('a JPEG picture comes back almost as it was drawn, larger and smaller ones in turn', () => {
  for (const [width, height] of [
    [16, 8],
    [64, 48],
    [8, 8],
  ] as const) {
    const flat = new Uint8Array(width * height * 4).fill(100);
    const {data} = encodeJpeg({width, height, data: flat}, 100);
    const picture = decodePicture(data, 'a.jpg');
    assert.deepEqual([picture.width, picture.height], [width, height]);
    assert.equal(picture.pixels.length, width * height * 3);
    assert.ok(picture.pixels.every((value) => Math.abs(value - 100) <= 2));
  }
});

/**
 * 8 × 8 pixels with colours that are subsampled 4:2:0, encoded by Pillow 11.1 at quality 90, and the first row as
 * Pillow decodes it with libjpeg-turbo.
 */
const subsampled =
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBT/wAARCAAIAAgDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAT/xAAdEAABAgcAAAAAAAAAAAAAAAAAAQcCAxESNFGh/8QAFQEBAQAAAAAAAAAAAAAAAAAABgf/xAAfEQABAgYDAAAAAAAAAAAAAAABBBEAAgMFBlEiMWH/2gAMAwEAAhEDEQA/AI2terHRJurIK9UAC1VjyKsoncEM3TaB162gIoOB2JALJS4R/9k=';
const subsampledRow = [
  11, 189, 111, 31, 194, 127, 64, 197, 154, 98, 199, 159, 132, 196, 144, 156, 192, 131, 182, 191,
  134, 204, 202, 145,
];

test('colours are spread over pixels as libjpeg-turbo does it', () => {
  const {pixels} = decodePicture(Buffer.from(subsampled, 'base64'), 'a.jpg');
  assert.deepEqual([...pixels.subarray(0, 24)], subsampledRow);
});

/** A grey JPEG picture of 8 × 8 pixels with the value 77, and a CMYK one, both encoded by Pillow 11.1. */
const grey =
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQH/wAALCAAIAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAACf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AGd//2Q==';
const inks =
  '/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwABAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB/8AAFAgACAAIBEMRAE0RAFkRAEsRAP/EABUAAQEAAAAAAAAAAAAAAAAAAAoJ/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAA4EQwBNAFkASwAAPwA25XClBDD/2Q==';
const inksPixel = [42, 164, 126];

test('grey is spread over three channels, and inks become the colours that they print', () => {
  assert.deepEqual(
    [...decodePicture(Buffer.from(grey, 'base64'), 'a').pixels],
    Array.from({length: 192}, () => 77),
  );
  const {pixels} = decodePicture(Buffer.from(inks, 'base64'), 'a');
  assert.deepEqual([...pixels.subarray(0, 3)], inksPixel);
});

/** Gives a progressive JPEG picture in one shade of grey. All scans after the first are empty. */
function progressiveJpeg({width, height, scans}: Record<string, number>): Buffer {
  const segment = (marker: number, ...bytes: readonly number[]): Buffer =>
    Buffer.from([0xff, marker, 0, bytes.length + 2, ...bytes]);
  const sides = [height!, width!].flatMap((side) => [side >> 8, side & 0xff]);
  const table = (of: number, symbol: number): Buffer =>
    segment(0xc4, of, 1, ...Array.from({length: 15}, () => 0), symbol);
  const nothing = Buffer.concat([segment(0xda, 1, 1, 0, 1, 63, 0), Buffer.from([0])]);
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    // Scans of a thumbnail within the metadata do not count.
    segment(0xe1, ...Array.from({length: 120}, () => [0xff, 0xda]).flat()),
    segment(0xdb, 0, ...Array.from({length: 64}, () => 1)),
    segment(0xc2, 8, ...sides, 1, 1, 0x11, 0),
    table(0x00, 0),
    table(0x10, 0),
    segment(0xda, 1, 1, 0, 0, 0, 0),
    Buffer.from([0]),
    ...Array.from({length: scans! - 1}, () => nothing),
    Buffer.from([0xff, 0xd9]),
  ]);
}

test('a JPEG picture of too many pixels or scans is refused', () => {
  const small = {width: 8, height: 8, scans: 500};
  assert.equal(decodePicture(progressiveJpeg(small), 'a').pixels[0], 128);
  for (const [header, message] of [
    [{...small, scans: 501}, /^CorruptFile: a: refused: a picture in more than 500 scans$/],
    [{width: 65_500, height: 65_500, scans: 1}, /refused: a picture of 65500 × 65500 pixels, more/],
    // The decoding library accepts no picture of this size.
    [{width: 65_535, height: 65_535, scans: 1}, /its JPEG data is damaged/],
  ] as const) {
    assert.throws(() => decodePicture(progressiveJpeg(header), 'a'), message);
  }
});

test('PNG pictures of every depth become bytes of three channels', () => {
  const decoded = (png: Parameters<typeof encode>[0]): readonly number[] => [
    ...decodePicture(encode(png), 'a').pixels,
  ];
  const size = {width: 2, height: 1};
  const grey = {...size, channels: 1};
  assert.deepEqual(decoded({...grey, data: Uint8Array.of(7, 9)}), [7, 7, 7, 9, 9, 9]);
  assert.deepEqual(
    decoded({...size, channels: 2, data: Uint8Array.of(7, 255, 9, 0)}),
    [7, 7, 7, 9, 9, 9],
  );
  assert.deepEqual(
    decoded({...size, channels: 4, data: Uint8Array.of(1, 2, 3, 255, 4, 5, 6, 0)}),
    [1, 2, 3, 4, 5, 6],
  );
  assert.deepEqual(
    decoded({...grey, depth: 16, data: Uint16Array.of(0x1234, 0xff00)}),
    [0x12, 0x12, 0x12, 0xff, 0xff, 0xff],
  );
  // One bit per pixel: white, then black.
  assert.deepEqual(
    decoded({...grey, depth: 1, data: Uint8Array.of(0b1000_0000)}),
    [255, 255, 255, 0, 0, 0],
  );
  const palette = [
    [1, 2, 3],
    [4, 5, 6],
  ];
  assert.deepEqual(
    decoded({...grey, depth: 8, palette, data: Uint8Array.of(1, 0)}),
    [4, 5, 6, 1, 2, 3],
  );
});

test('a damaged picture, or a file that is none, is a corrupt file with its name; the next picture is still read', () => {
  const jpeg = jpegOf(32, 32, 1);
  const png = pngOf(32, 32, 1);
  const bombed = Buffer.from(png);
  bombed.writeUInt32BE(2 ** 30, 16);
  for (const bytes of [
    jpeg.subarray(0, jpeg.length / 2),
    jpeg.subarray(0, 20),
    Buffer.from([0xff, 0xd8, 1, 2, 3]),
    png.subarray(0, png.length / 2),
    png.subarray(0, 10),
    bombed,
    Buffer.from('GIF89a'),
    new Uint8Array(),
  ]) {
    assert.throws(
      () => decodePicture(bytes, 'pets.zip: cat/1.jpg'),
      (error: unknown) =>
        error instanceof CorruptFile && error.message.startsWith('pets.zip: cat/1.jpg: '),
    );
    assert.equal(decodePicture(jpeg, 'a').pixels.length, 32 * 32 * 3);
  }
});

/** Gives one channel of a grey picture. */
function greyPicture(rows: readonly (readonly number[])[]): {
  width: number;
  height: number;
  pixels: Uint8Array;
} {
  const pixels = Uint8Array.from(rows.flat().flatMap((value) => [value, value, value]));
  return {width: rows[0]!.length, height: rows.length, pixels};
}

function greyOf({
  width,
  height,
  pixels,
}: ReturnType<typeof greyPicture>): readonly (readonly number[])[] {
  return Array.from({length: height}, (_, y) =>
    Array.from({length: width}, (_, x) => pixels[(y * width + x) * 3]!),
  );
}

test('stretching forces both sides, between the centres of pixels and without antialiasing', () => {
  const wide = greyPicture([[0, 40, 80, 120, 160, 200]]);
  // The centres of the two new pixels are at the old positions 1 and 4.
  assert.deepEqual(greyOf(resizePicture(wide, 2, 'stretch')), [
    [40, 160],
    [40, 160],
  ]);
  // Enlarging by two interpolates at quarters between neighbours, and repeats the border.
  const tiny = greyPicture([
    [0, 100],
    [0, 100],
  ]);
  assert.deepEqual(greyOf(resizePicture(tiny, 4, 'stretch'))[0], [0, 25, 75, 100]);
});

test('cropping keeps what is in the middle, and weighs all that falls under a new pixel', () => {
  const wide = greyPicture([
    [9, 0, 100, 9],
    [9, 0, 100, 9],
  ]);
  assert.deepEqual(greyOf(resizePicture(wide, 2, 'crop')), [
    [0, 100],
    [0, 100],
  ]);
  const flat = greyPicture(Array.from({length: 9}, () => Array.from({length: 7}, () => 50)));
  for (const row of greyOf(resizePicture(flat, 3, 'crop'))) assert.deepEqual(row, [50, 50, 50]);
  // The kernel is a triangle that reaches four pixels to each side, cut off at the border.
  const dot = greyPicture(
    Array.from({length: 8}, (_, y) =>
      Array.from({length: 8}, (_, x) => (x === 3 && y === 3 ? 255 : 0)),
    ),
  );
  const [first] = greyOf(resizePicture(dot, 2, 'crop'));
  assert.ok(first![0]! > first![1]! && first![1]! > 0);
});

test('a picture of the right size is left as it is', () => {
  const picture = greyPicture([[5]]);
  assert.equal(resizePicture(picture, 1, 'crop'), picture);
});
