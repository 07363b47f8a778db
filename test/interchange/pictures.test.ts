/** Runs the programs in the README of exported pictures. */
import assert from 'node:assert/strict';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {writeSynthetic} from '../../src/learning/codecs/synthetic.ts';
import type {SyntheticSet} from '../../src/learning/data/synthetic.ts';
import {exportPictures} from '../../stages/exchange/pictures/export-pictures.ts';
import {smallSet} from '../support/data/small-set.ts';
import {hasModule, runPython, skipWithout} from '../support/rigs/python.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

/** Stands for Pillow where that is not installed: it opens PNGs of eight bits without filters, as ours are. */
const pillow = `
import struct, zlib, numpy
def open(name):
    with __builtins__['open'](name, 'rb') as file: data = file.read()
    at, packed = 8, b''
    while at < len(data):
        length, kind = struct.unpack('>I4s', data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        assert struct.unpack('>I', data[at + 8 + length:at + 12 + length])[0] == zlib.crc32(kind + body)
        if kind == b'IHDR': width, height, depth, colours = struct.unpack('>IIBB', body[:10])
        if kind == b'IDAT': packed += body
        at += 12 + length
    assert depth == 8
    channels = {0: 1, 2: 3}[colours]
    rows = numpy.frombuffer(zlib.decompress(packed), numpy.uint8).reshape(height, 1 + width * channels)
    assert not rows[:, 0].any()
    return rows[:, 1:].reshape([height, width] + [channels] * (channels > 1))
`;

/** Runs the program of a set's README for one epoch, and gives what it trained on, and the parameters' number. */
async function trained(
  folder: TemporaryFolder,
  set: SyntheticSet,
): Promise<{
  readonly images: readonly number[];
  readonly labels: readonly unknown[];
  readonly seen: readonly number[];
  readonly parameters: number;
  readonly said: string;
}> {
  await writeSynthetic(folder.file('set'), set);
  const [target = ''] = await exportPictures(
    [{path: folder.file('set'), name: 'set'}],
    folder.file('out'),
  );
  const readme = await readFile(path.join(target, 'README.md'), 'utf8');
  const program = /^```python\n(import json\n.*?)^```/ms.exec(readme)![1]!;
  assert.match(program, /^epochs = 1000$/m);
  if (!hasModule('PIL')) {
    await mkdir(folder.file('PIL'));
    await writeFile(folder.file('PIL/__init__.py'), '');
    await writeFile(folder.file('PIL/Image.py'), pillow);
  }
  const text = `
import os, sys
os.chdir(sys.argv[2]); sys.path.append(sys.argv[1])
${program.replace('epochs = 1000', 'epochs = 1')}
seen = ${set.canvas ? 'windows(images)' : 'images'}
print(json.dumps({'images': images.flatten().tolist(), 'labels': labels.tolist(), 'seen': list(seen.shape), 'parameters': sum(p.numel() for p in net.parameters())}))
`;
  const lines = (await runPython(text, folder.path, target)).trimEnd().split('\n');
  return {...JSON.parse(lines.at(-1)!), said: lines[0]!} as Awaited<ReturnType<typeof trained>>;
}

/** Asserts that numbers differ by rounding to bytes only, at this scale. */
function assertRounded(found: readonly number[], expected: readonly number[], scale = 1): void {
  assert.equal(found.length, expected.length);
  for (const [i, value] of found.entries()) {
    const clipped = Math.min(1, Math.max(0, expected[i]!));
    assert.ok(Math.abs(value / scale - clipped) <= 0.5001 / 255, `${i}: ${value}`);
  }
}

test(
  'its program in PyTorch trains on the pictures and their classes',
  {skip: skipWithout('torch', 'numpy')},
  async () => {
    await using folder = await TemporaryFolder.create();
    const set = smallSet();
    const {images, labels, seen, parameters, said} = await trained(folder, set);
    assertRounded(images, [...set.pixels]);
    assert.deepEqual(
      [labels, seen],
      [
        [1, 0, 1, 0],
        [4, 1, 4, 6],
      ],
    );
    // Four pixels a side leave no room for pooling: a linear classifier.
    assert.equal(parameters, 24 * 3 + 3);
    assert.match(said, /^loss \d+\.\d{4} after 1 epochs$/);
  },
);

test(
  'it trains on soft labels, and on windows of textures in colour',
  {skip: skipWithout('torch', 'numpy')},
  async () => {
    await using folder = await TemporaryFolder.create();
    const pixels = Float32Array.from({length: 2 * 24 * 16 * 3}, (_, i) => (i % 101) / 100);
    const transform = {
      kind: 'standardise',
      mean: Float32Array.of(0, 0, 0),
      std: Float32Array.of(0.5, 0.5, 0.5),
    } as const;
    const set = smallSet({
      shape: {height: 12, width: 8, channels: 3},
      canvas: {size: 2, samples: 5},
      images: pixels.map((value) => 2 * value),
      pixels,
      transform,
      labels: Int32Array.of(2, 0),
      count: 2,
      targets: {kind: 'rows', values: Float32Array.of(0.25, 0.25, 0.5, 1, 0, 0)},
      stepSize: -1,
    });
    const {images, labels, seen, parameters} = await trained(folder, set);
    const first = [0, 1, 2].flatMap((c) =>
      Array.from({length: 24 * 16}, (_, p) => pixels[3 * p + c]!),
    );
    assertRounded(images.slice(0, first.length), first, 2);
    assert.deepEqual(
      [labels, seen],
      [
        [
          [0.25, 0.25, 0.5],
          [1, 0, 0],
        ],
        [2, 3, 12, 8],
      ],
    );
    // One convolution of 128 channels with its normalisation, then 6 × 4 pixels of each.
    assert.equal(parameters, 27 * 128 + 128 + 2 * 128 + 128 * 6 * 4 * 3 + 3);
  },
);
