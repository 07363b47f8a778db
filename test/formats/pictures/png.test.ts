import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {promisify} from 'node:util';
import {constants, crc32, deflateRawSync, deflateSync} from 'node:zlib';
import {decode} from 'fast-png';
import {CorruptFile} from '../../../src/formats/file-fault.ts';
import {decodePng} from '../../../src/formats/pictures/png.ts';
import {Random} from '../../../src/learning/random.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

/** Gives a PNG picture that consists of these chunks. */
function pngOfChunks(...chunks: readonly (readonly [name: string, data: Uint8Array])[]): Buffer {
  const parts = chunks.map(([name, data]) => {
    const chunk = Buffer.alloc(12 + data.length);
    chunk.writeUInt32BE(data.length, 0);
    chunk.write(name, 4, 'latin1');
    chunk.set(data, 8);
    chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), 8 + data.length);
    return chunk;
  });
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), ...parts]);
}

/** Headers of 2 × 2 pixels of eight bits of grey, without and with interlacing. */
const [plain, interlaced] = [0, 1].map(
  (interlace) => ['IHDR', Buffer.from([0, 0, 0, 2, 0, 0, 0, 2, 8, 0, 0, 0, interlace])] as const,
) as [readonly [string, Buffer], readonly [string, Buffer]];
const end = ['IEND', Buffer.alloc(0)] as const;

test('an interlaced PNG picture is read, though it has more rows', () => {
  // The rows of the passes, each after its filter: the first pixel, the one to its right, and the row below.
  const rows = deflateSync(Buffer.from([0, 10, 0, 20, 0, 30, 40]));
  const {pixels} = decodePng(pngOfChunks(interlaced, ['IDAT', rows], end), 'a');
  assert.deepEqual(
    [...pixels],
    [10, 20, 30, 40].flatMap((grey) => [grey, grey, grey]),
  );
  // The passes of eight pixels of one bit each: pixel 0, pixel 4, pixels 2 and 6, and the odd ones.
  const bits = Buffer.from([0, 0, 0, 8, 0, 0, 0, 1, 1, 0, 0, 0, 1]);
  const few = deflateSync(Buffer.from([0, 0x80, 0, 0x00, 0, 0x40, 0, 0xa0]));
  const picture = decodePng(pngOfChunks(['IHDR', bits], ['IDAT', few], end), 'a');
  assert.deepEqual(
    [...picture.pixels],
    [255, 255, 0, 0, 0, 255, 255, 0].flatMap((grey) => [grey, grey, grey]),
  );
});

test('a PNG picture whose pixels unpack to more than it has is refused, and other packed data is not unpacked', () => {
  const rows = deflateSync(Buffer.from([0, 10, 20, 0, 30, 40]));
  const bomb = deflateSync(Buffer.alloc(2 ** 20));
  assert.throws(() => decodePng(pngOfChunks(plain, ['IDAT', bomb], end), 'a'), CorruptFile);
  const more = deflateSync(Buffer.from([0, 10, 20, 0, 30, 40, 0]));
  assert.throws(() => decodePng(pngOfChunks(plain, ['IDAT', more], end), 'a'), CorruptFile);
  // The decoder takes the size from the header, so a picture must begin with its only header.
  const text = ['tEXt', plain[1]] as const;
  for (const heads of [
    [text, plain],
    [plain, plain],
  ]) {
    const picture = pngOfChunks(...heads, ['IDAT', rows], end);
    assert.throws(() => decodePng(picture, 'a'), CorruptFile);
  }
  // fast-png would unpack the colour profile, and find it invalid. The decoder ignores it.
  const profile = Buffer.concat([Buffer.from('a\0\0'), bomb.subarray(0, 100)]);
  const {pixels} = decodePng(pngOfChunks(plain, ['iCCP', profile], ['IDAT', rows], end), 'a');
  assert.deepEqual(
    [...pixels],
    [10, 20, 30, 40].flatMap((grey) => [grey, grey, grey]),
  );
});

/** Gives the IHDR chunk with these properties of a picture. */
function header(of: {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colours: number;
  readonly interlace?: number;
}): readonly ['IHDR', Buffer] {
  const bytes = Buffer.alloc(13);
  bytes.writeUInt32BE(of.width, 0);
  bytes.writeUInt32BE(of.height, 4);
  bytes.set([of.depth, of.colours, 0, 0, of.interlace ?? 0], 8);
  return ['IHDR', bytes];
}

/** For each of Adam7's seven passes, its first pixel and the distances between its pixels. */
const passes = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

test('the pixels of every kind, depth and filter are those that fast-png gives', () => {
  const random = new Random(1);
  const kinds = [0, 2, 4, 6].flatMap((colours) => [8, 16].map((depth) => ({colours, depth})));
  for (const {colours, depth} of kinds) {
    for (const interlace of [0, 1]) {
      for (const [width, height] of [
        [13, 11],
        [1, 5],
        [3, 1],
      ] as const) {
        const samples = [1, 0, 3, 0, 2, 0, 4][colours]!;
        const rows = (interlace === 0 ? [[0, 0, 1, 1] as const] : passes).flatMap(
          ([left, top, right, down]) => {
            const length = (Math.ceil((width - left) / right) * samples * depth) / 8;
            const count = length > 0 ? Math.max(0, Math.ceil((height - top) / down)) : 0;
            return Array.from({length: count}, () => [
              random.integer(5),
              ...Array.from({length}, () => random.integer(256)),
            ]);
          },
        );
        const data = deflateSync(Buffer.from(rows.flat()));
        const form = header({width, height, depth, colours, interlace});
        // Large pictures also have several chunks of data.
        const halves = [data.subarray(0, 9), data.subarray(9)] as const;
        const png = pngOfChunks(form, ['IDAT', halves[0]], ['IDAT', halves[1]], end);
        const expected = decode(png).data;
        const step = samples < 3 ? 0 : 1;
        const rgb = Array.from({length: 3 * width * height}, (_, i) => {
          return expected[Math.floor(i / 3) * samples + step * (i % 3)]! >> (depth - 8);
        });
        assert.deepEqual([...decodePng(png, 'a').pixels], rgb, JSON.stringify({colours, depth}));
      }
    }
  }
});

test('a palette of any depth gives its colours, is ignored in a true-colour picture, and must contain every colour that is used', () => {
  const palette = ['PLTE', Buffer.from([1, 2, 3, 4, 5, 6])] as const;
  for (const [depth, first, second] of [
    [1, 0b0100_0000, 0b1010_0000],
    [2, 0b0001_0000, 0b0100_0100],
    [4, 0x01, 0x10],
  ] as const) {
    const form = header({width: 3, height: 2, depth, colours: 3});
    const row = (byte: number): readonly number[] => (depth === 4 ? [0, byte, 0x10] : [0, byte]);
    const data = deflateSync(Buffer.from([...row(first), ...row(second)]));
    const {pixels} = decodePng(pngOfChunks(form, palette, ['IDAT', data], end), 'a');
    const wanted = depth === 4 ? [0, 1, 1, 1, 0, 1] : [0, 1, 0, 1, 0, 1];
    assert.deepEqual(
      [...pixels],
      wanted.flatMap((index) => (index === 0 ? [1, 2, 3] : [4, 5, 6])),
    );
  }
  const [one, three] = [3, 2].map((colours) => header({width: 1, height: 1, depth: 8, colours}));
  const picture = pngOfChunks(
    three!,
    palette,
    ['IDAT', deflateSync(Buffer.from([0, 7, 8, 9]))],
    end,
  );
  assert.deepEqual([...decodePng(picture, 'a').pixels], [7, 8, 9]);
  const lacking = pngOfChunks(one!, palette, ['IDAT', deflateSync(Buffer.from([0, 2]))], end);
  assert.throws(() => decodePng(lacking, 'a'), CorruptFile);
});

test('a picture is refused by the bytes that it unpacks to, before anything is unpacked', () => {
  const wide = header({width: 8192, height: 8192, depth: 16, colours: 6});
  assert.throws(
    () => decodePng(pngOfChunks(wide, end), 'pets.zip: cat/1.png'),
    /^CorruptFile: pets.zip: cat\/1.png: refused: a picture of 8192 × 8192 pixels unpacks to 536870912 bytes, more than 268435456/,
  );
  const bits = header({width: 16384, height: 8192, depth: 1, colours: 0});
  assert.throws(() => decodePng(pngOfChunks(bits, end), 'a'), /pixels, more than 67108864 in all/);
  const none = header({width: 0, height: 5, depth: 8, colours: 2});
  assert.throws(() => decodePng(pngOfChunks(none, end), 'a'), /refused: a picture of 0 × 5 pixels/);
});

/** Gives compressed zeros. One mebibyte is compressed once and repeated. */
function packedZeros(mebibytes: number): Buffer {
  const zeros = Buffer.alloc(2 ** 20);
  const piece = deflateRawSync(zeros, {finishFlush: constants.Z_FULL_FLUSH});
  const pieces = Array.from({length: mebibytes}, () => piece);
  // Adler-32 of n zeros: 1, and n modulo 65521 in the upper half.
  const checksum = Buffer.alloc(4);
  checksum.writeUInt16BE((mebibytes * 2 ** 20) % 65521, 0);
  checksum.writeUInt16BE(1, 2);
  return Buffer.concat([Buffer.from([0x78, 0x9c]), ...pieces, Buffer.from([3, 0]), checksum]);
}

/** A program that decodes a file, and prints the error and the peak memory in kilobytes. */
const failing = `
  const [, module, file] = process.argv;
  const {decodePng} = await import(module);
  const {readFileSync} = await import('node:fs');
  let name = 'none';
  try {
    decodePng(readFileSync(file), file);
  } catch (error) {
    name = error.name + ',' + error.cause.code;
  }
  console.log(name, process.resourceUsage().maxRSS);
`;

test('a picture of one pixel whose data unpacks to half a gigabyte is refused before it is unpacked', async () => {
  const few = header({width: 1, height: 1, depth: 8, colours: 0});
  await using folder = await TemporaryFolder.create();
  const file = folder.file('bomb.png');
  await writeFile(file, pngOfChunks(few, ['IDAT', packedZeros(512)], end));
  const module = new URL('../../../src/formats/pictures/png.js', import.meta.url).href;
  const args = ['--input-type=module', '-e', failing, module, file];
  const {stdout} = await promisify(execFile)(process.execPath, args, {timeout: 60_000});
  const [name, peakKilobytes] = stdout.split(' ');
  assert.equal(name, 'CorruptFile,ERR_BUFFER_TOO_LARGE');
  assert.ok(Number(peakKilobytes) < 250_000, `${peakKilobytes} kB`);
});

/** A program that decodes a file, and prints the peak memory in kilobytes. */
const measuring = `
  const [, module, file] = process.argv;
  const {decodePng} = await import(module);
  const {readFileSync} = await import('node:fs');
  const {pixels} = decodePng(readFileSync(file), file);
  console.log(pixels.length, pixels[0], process.resourceUsage().maxRSS);
`;

test('a picture of twelve megapixels and sixteen bits takes less than a quarter of a gigabyte', async () => {
  await using folder = await TemporaryFolder.create();
  const [width, height] = [4000, 3000];
  const rowBytes = 1 + 6 * width;
  const data = Buffer.alloc(rowBytes * height);
  // The filter copies the row above, and adds one to its first pixel.
  for (let at = 0; at < data.length; at += rowBytes) data.set([2, 1], at);
  const form = header({width, height, depth: 16, colours: 2});
  const file = folder.file('large.png');
  await writeFile(file, pngOfChunks(form, ['IDAT', deflateSync(data, {level: 1})], end));
  const module = new URL('../../../src/formats/pictures/png.js', import.meta.url).href;
  const args = ['--input-type=module', '-e', measuring, module, file];
  const {stdout} = await promisify(execFile)(process.execPath, args);
  const [length, first, peakKilobytes] = stdout.split(' ').map(Number);
  assert.deepEqual([length, first], [3 * width * height, 1]);
  assert.ok(peakKilobytes! < 250_000, `${peakKilobytes} kB`);
});
