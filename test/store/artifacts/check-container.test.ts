import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {tableFromArrays, tableToIPC} from 'apache-arrow';
import {encode} from 'fast-png';
import {byName, type Container} from '../../../src/contract/media.ts';
import {media as definitions} from '../../../stages/shared/media.ts';
import {checkContainer} from '../../../src/store/artifacts/check-container.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const media = byName(definitions);

function safetensors(): Buffer {
  const header = Buffer.from(
    JSON.stringify({
      __metadata__: {format: 'pt'},
      a: {dtype: 'F32', shape: [2], data_offsets: [0, 8]},
    }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(8)]);
}

/** A container with a form that can be checked; `bytes` may be anything. */
type Framed = Exclude<Container, 'bytes'>;

const whole: Readonly<Record<Framed, Uint8Array>> = {
  arrow: tableToIPC(tableFromArrays({a: Int32Array.of(1, 2, 3)}), 'file'),
  safetensors: safetensors(),
  png: encode({width: 2, height: 1, data: Uint8Array.of(0, 255), channels: 1}),
  text: Buffer.from('Zürich, 東京'),
};

for (const [container, bytes] of Object.entries(whole) as [Framed, Uint8Array][]) {
  test(`a whole ${container} file passes, and every torn one is found`, async () => {
    await using folder = await TemporaryFolder.create();
    const file = path.join(folder.path, 'file');
    await writeFile(file, bytes);
    assert.equal(await checkContainer(file, {container}), undefined);
    // A text may end after any character, so only a torn character shows that it was cut off.
    const lengths = container === 'text' ? [bytes.length - 1] : [0, 1, 7, 9, bytes.length - 1];
    for (const length of lengths) {
      await writeFile(file, bytes.subarray(0, length));
      assert.match((await checkContainer(file, {container})) ?? '', /^(is|does not) /);
    }
  });
}

/** Gives a safetensors file whose header describes these tensors, followed by this many bytes. */
function withTensors(tensors: Readonly<Record<string, unknown>>, dataBytes: number): Buffer {
  const header = Buffer.from(JSON.stringify(tensors));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(dataBytes)]);
}

test('a safetensors header must place its tensors as they are, one behind the other', async () => {
  await using folder = await TemporaryFolder.create();
  const file = path.join(folder.path, 'file');
  const tensor = (shape: readonly number[], ...offsets: readonly number[]): unknown => ({
    dtype: 'F32',
    shape,
    data_offsets: offsets,
  });
  for (const [tensors, fault] of [
    [{a: tensor([2], 0, 8), b: tensor([2], 4, 12), c: tensor([1], 12, 16)}, /"b" overlaps/],
    [{a: tensor([2], 0, 8), b: tensor([1], 12, 16)}, /"b" leaves a gap before it/],
    [{a: tensor([2], -8, 0), b: tensor([4], 0, 16)}, /"a" has data_offsets \[-8,0\]/],
    [{a: tensor([-2, -2], 0, 16)}, /"a" has shape \[-2,-2\]/],
    [{a: tensor([3], 0, 16)}, /"a" needs 12 bytes for \[3\] F32, got 16/],
    [{a: tensor([3], 0, 12)}, /take 12 bytes but 16 bytes follow/],
  ] as const) {
    await writeFile(file, withTensors(tensors, 16));
    const found = (await checkContainer(file, {container: 'safetensors'})) ?? '';
    assert.match(found, /^is no sound safetensors file \(.*\)$/);
    assert.match(found, fault);
  }
});

test('numbers are looked at where the media has only finite ones', async () => {
  await using folder = await TemporaryFolder.create();
  const file = path.join(folder.path, 'file');
  const bytes = Buffer.from(withTensors({a: {dtype: 'F32', shape: [2], data_offsets: [0, 8]}}, 8));
  bytes.writeFloatLE(NaN, bytes.length - 4);
  await writeFile(file, bytes);
  const found = 'has 1 number that is not finite in the tensor `a` (element 1 of 2)';
  assert.equal(await checkContainer(file, media.get('synthetic')!), found);
  assert.equal(await checkContainer(file, {container: 'safetensors'}), undefined);

  const columns = {accuracy: Float64Array.of(0.5, 0.1), loss: Float64Array.of(1, NaN)};
  await writeFile(file, tableToIPC(tableFromArrays(columns), 'file'));
  // A NaN is the loss of a trial that diverged.
  assert.equal(await checkContainer(file, media.get('scores')!), undefined);
  columns.accuracy[1] = Infinity;
  await writeFile(file, tableToIPC(tableFromArrays(columns), 'file'));
  assert.match((await checkContainer(file, media.get('scores')!)) ?? '', /in the column `accuracy` /);
  // Tables have NaN for missing numbers.
  assert.equal(await checkContainer(file, media.get('table')!), undefined);
});

const drawing = '<svg xmlns="http://www.w3.org/2000/svg"><g/></svg>';
const forms = {
  json: {
    sound: [
      '{"a": [1, -0.5e+3, true, null, "\\u00e9\\n", {}], "b": []}\n',
      ' 5 ',
      '"東京"',
      `[${'['.repeat(500)}${']'.repeat(500)}]`,
      `["${'x'.repeat(200_000)}", 1]`,
    ],
    broken: [
      ['{not json', 'line 1, column 2: a name in double quotes or } was expected, got not'],
      ['', 'line 1, column 1: a value was expected, got the end'],
      ['{"a": 1,\n "b" 2}', 'line 2, column 6: : was expected, got 2'],
      ['[1,\n2,\n]', 'line 3, column 1: a value was expected, got ]'],
      ['{"a": 1]', 'line 1, column 8: , or } was expected, got ]'],
      ['{"a": NaN}', 'line 1, column 7: NaN is no value; JSON has no NaN, write null'],
      ['[01]', 'line 1, column 2: 01 is no value'],
      ['["a\n"]', 'line 1, column 4: a line break or control character in a text'],
      ['["\\x"]', 'line 1, column 4: \\x is no escape sequence'],
      ['["\\u00', 'line 1, column 7: a text in quotes does not end'],
      ['[1] [2]', 'line 1, column 5: the text should end, got ['],
      ["{'a': 1}", "line 1, column 2: a name in double quotes or } was expected, got '"],
      ['[1', 'line 1, column 3: , or ] was expected, got the end'],
      ['\uFEFF{}', 'line 1, column 1: a value was expected, got a byte order mark'],
    ],
  },
  csv: {
    sound: ['a,b\n1,2\n', '\uFEFFa,b\r\n"1\n""x""",2\r\n\r\n', 'one\n', ''],
    broken: [
      ['a,b\n1,2\n1,2,3\n', 'line 3, column 3: 3 fields where the first record has 2'],
      ['a,b\n\n1\n', 'line 3, column 1: 1 fields where the first record has 2'],
      ['a,b\n1,"2\n', /^line \d, column \d: a quote is where none may be, or does not end$/],
      ['a,b\n1,x"2"\n', /^line 2, column \d: a quote is where none may be, or does not end$/],
    ],
  },
  svg: {
    sound: [
      `<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x.dtd" [<!ENTITY a "b">]>\n<!-- by -->\n${drawing}\n<!-- end -->\n`,
      `<svg:svg xmlns:svg="x">${' '.repeat(100_000)}</svg:svg>`,
      '<svg width="1"/>\n',
    ],
    broken: [
      ['<html><svg/></html>', 'line 1, column 1: <svg was expected'],
      ['<?xml version="1.0"?>\n<svgs></svgs>', 'line 2, column 1: <svg was expected'],
      ['', 'line 1, column 1: <svg was expected'],
      ['<svg>\n<g>', 'line 2, column 4: </svg> was expected, but the text ends'],
    ],
  },
} as const;

test('a text that is not of its form is refused, with line and column', async () => {
  await using folder = await TemporaryFolder.create();
  const file = path.join(folder.path, 'file');
  for (const [name, {sound, broken}] of Object.entries(forms)) {
    const form = name as keyof typeof forms;
    for (const text of sound) {
      await writeFile(file, text);
      assert.equal(await checkContainer(file, {container: 'text', form}), undefined, text);
    }
    for (const [text, fault] of broken) {
      await writeFile(file, text);
      const found = await checkContainer(file, {container: 'text', form});
      const [, told] = new RegExp(`^is no sound ${name.toUpperCase()}: (.*)$`).exec(found ?? '') ?? [];
      if (typeof fault === 'string') assert.equal(told, fault, text);
      else assert.match(told ?? '', fault);
    }
  }
});
