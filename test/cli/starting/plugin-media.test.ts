import assert from 'node:assert/strict';
import {rm} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {rigWithPlugins} from '../../support/program/plugin-rig.ts';
import type {Rig} from '../../support/program/rig.ts';

const embedding = `{name: 'embedding', extension: 'arrow', container: 'arrow', finite: 'all', summary: 'vectors'}`;

/** Gives the code of a stage type `embed` that makes an `embedding`. */
const maker = (media = embedding): string => `
import {writeFile} from 'node:fs/promises';
import {tableFromArrays, tableToIPC} from 'apache-arrow';
import {defineContract, defineStageType} from 'distillery/stage';

const contract = defineContract({
  type: 'embed',
  version: 1,
  summary: 'Makes vectors.',
  media: [${media}],
  params: {
    count: {type: 'integer', description: 'How many', default: 3},
    torn: {type: 'boolean', description: 'Whether it writes no table', default: false},
    first: {enum: [1, 'NaN'], description: 'The first number', default: 1},
  },
  inputs: {},
  outputs: {vectors: {media: 'embedding', summary: 'the vectors'}},
});

async function run({params, output}) {
  const x = Float64Array.from({length: params.count}, (_, i) => i + Number(params.first));
  const bytes = tableToIPC(tableFromArrays({x}), 'file');
  await writeFile(output('vectors'), params.torn ? bytes.subarray(0, 40) : bytes);
}

export const stageTypes = [defineStageType(contract, run)];
`;

/** Gives the code of a stage type that takes an embedding. */
const taker = (type: string, media: string): string => `
import {stat, writeFile} from 'node:fs/promises';
import {defineContract, defineStageType} from 'distillery/stage';

const contract = defineContract({
  type: '${type}',
  version: 1,
  summary: 'Says how large vectors are.',
  media: [${media}],
  params: {},
  inputs: {vectors: {media: 'embedding', summary: 'the vectors'}},
  outputs: {size: {media: 'text', summary: 'bytes'}},
});

async function run({inputs, output}) {
  await writeFile(output('size'), String((await stat(inputs.vectors[0])).size));
}

export const stageTypes = [defineStageType(contract, run)];
`;

const pipeline = (params = ''): string => `
plugins: [./embed.mjs, ./weigh.mjs]
stages:
  vectors: {uses: embed, with: {${params}}}
  more: {uses: embed, with: {count: 4}}
  size: {uses: weigh, inputs: {vectors: vectors.vectors}}
  copy: {run: [cp, '\${inputs.from}', '\${outputs.to}'], inputs: {from: vectors.vectors}, outputs: {to: embedding}, environment: [PATH]}
  again: {uses: weigh, inputs: {vectors: copy.to}}
`;

const files = {
  'pipeline.yaml': pipeline(),
  'embed.mjs': maker(),
  'weigh.mjs': taker('weigh', embedding),
};

async function rigWith(changed: Readonly<Record<string, string>> = {}): Promise<Rig> {
  return await rigWithPlugins({...files, ...changed}, 'apache-arrow');
}

async function output(rig: Rig, code: number, ...args: readonly string[]): Promise<string> {
  const finished = await rig.pipeline(...args);
  assert.equal(finished.code, code, finished.stdout + finished.stderr);
  return finished.stdout;
}

/** Gives what commands print about a run and about its stored results. */
async function told(rig: Rig): Promise<Readonly<Record<string, string>>> {
  return {
    show: await output(rig, 0, 'show', 'vectors.vectors'),
    result: await output(rig, 0, 'show', 'vectors'),
    diff: await output(rig, 1, 'diff', 'vectors.vectors', 'more.vectors'),
    verify: await output(rig, 0, 'verify'),
    report: await output(rig, 0, 'report', '--output', 'page.html'),
    gc: await output(rig, 0, 'gc'),
  };
}

test('a media of a plugin flows between plugins and programs, and is read when the plugins are gone', async () => {
  await using rig = await rigWith();
  await output(rig, 0, 'run');
  assert.match(await output(rig, 0, 'plan'), /5 hit, 0 run/);
  const before = await told(rig);
  assert.match(before['show']!, /^vectors\.vectors: embedding \(arrow\), .*\n.*x/s);
  assert.match(before['diff']!, /3.*4/s);
  for (const name of ['embed.mjs', 'weigh.mjs', 'pipeline.yaml']) {
    await rm(path.join(rig.folder, name));
  }
  assert.deepEqual(await told(rig), before);
});

test('other media do not fit where a media of a plugin is taken', async () => {
  await using rig = await rigWith({
    'pipeline.yaml': `
plugins: [./embed.mjs, ./weigh.mjs]
stages:
  word: {run: [echo], outputs: {out: text}, environment: [PATH]}
  vectors: {uses: embed}
  size: {uses: weigh, inputs: {vectors: word.out}}
  other: {uses: measure, inputs: {of: vectors.vectors}}
  file: {uses: weigh, inputs: {vectors: ./embed.mjs}}
`,
  });
  const {code, stderr} = await rig.pipeline('validate');
  assert.equal(code, 3);
  assert.match(stderr, /media-mismatch: `vectors` takes embedding, but `word\.out` is text\./);
  assert.match(stderr, /media-mismatch: `of` takes text, but `vectors\.vectors` is embedding\./);
  assert.match(
    stderr,
    /`vectors` takes embedding, which is a file with \.arrow; got \.\/embed\.mjs/,
  );
});

test('what a plugin writes is checked by its media before it is stored', async () => {
  await using rig = await rigWith({'pipeline.yaml': pipeline('torn: true')});
  const torn = await rig.pipeline('run', 'vectors');
  assert.equal(torn.code, 1);
  assert.match(
    torn.stdout + torn.stderr,
    /The output vectors is an Arrow IPC file that was cut off\./,
  );
  await rig.write('pipeline.yaml', pipeline('first: NaN'));
  const stray = await rig.pipeline('run', 'vectors');
  assert.equal(stray.code, 1);
  assert.match(stray.stdout + stray.stderr, /in the column `x`/);
});

test('two contracts that declare the same media otherwise are refused, and both are named', async () => {
  await using rig = await rigWith({
    'weigh.mjs': taker('weigh', embedding.replaceAll("'arrow'", "'text'")),
  });
  const {code, stderr} = await rig.pipeline('validate');
  assert.equal(code, 3);
  assert.match(
    stderr,
    /The contract of `weigh` in \.\/weigh\.mjs is invalid: it declares the media `embedding` otherwise than `embed` does\./,
  );
  await rig.write('weigh.mjs', files['weigh.mjs']);
  await rig.write('embed.mjs', maker(embedding.replace("'embedding'", "'json'")));
  const common = await rig.start(['validate']).finished;
  assert.equal(common.code, 3);
  assert.match(common.stderr, /`outputs\.vectors\.media` is not a known media, got "embedding"/);
  await rig.write(
    'embed.mjs',
    maker(`${embedding}, ${embedding.replace("'embedding'", "'json'")}`),
  );
  assert.match(
    (await rig.start(['validate']).finished).stderr,
    /it declares the media `json` otherwise than this program does\./,
  );
});
