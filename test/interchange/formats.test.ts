/**
 * Checks the page about file formats: its fields against those that the program writes, and its example programs by
 * running them.
 */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';
import {readArrowFile} from '../../src/formats/arrow/arrow-file.ts';
import {readSafetensors} from '../../src/formats/safetensors/safetensors.ts';
import {runPython, skipWithout} from '../support/rigs/python.ts';
import {Rig, type Finished} from '../support/program/rig.ts';
import {repositoryFile} from '../support/texts/repository.ts';

const page = readFileSync(repositoryFile('docs/formats.md'), 'utf8');
const [reading, noise, dots] = Array.from(
  page.matchAll(/^```python\n(.*?)^```/gms),
  ([, text]) => text!,
);

const pipeline = `
stages:
  images: {uses: tiny-images}
  expert:
    uses: train-expert
    inputs: {dataset: images.dataset}
    with: {model: ConvNetD1W8, epochs: 2, batch: 20}
  buffers: {uses: shard-buffers, inputs: {experts: expert.trajectory}}
  distilled:
    uses: distill
    inputs: {dataset: images.dataset, buffers: buffers.buffers}
    with: {ipc: 1, iterations: 2, steps: 2, expertEpochs: 1, maxStartEpoch: 2, stepSizeRate: 0}
  random: {uses: coreset, inputs: {dataset: images.dataset}, with: {ipc: 1, stepSize: 0.02}}
  scores:
    uses: evaluate
    inputs: {dataset: images.dataset, synthetic: distilled.synthetic}
    with: {model: ConvNetD1W8, trials: 1, epochs: 1}
  table: {uses: table, inputs: {scores: scores.scores}}
`;

const fromPython = `
stages:
  images: {uses: tiny-images}
  random: {uses: coreset, inputs: {dataset: images.dataset}, with: {ipc: 1, stepSize: 0.02}}
  mine:
    run: [/usr/bin/python3, '\${inputs.program}', '\${inputs.start}', '\${outputs.synthetic}']
    inputs: {program: ./noise.py, start: random.synthetic}
    outputs: {synthetic: synthetic}
  scores:
    uses: evaluate
    inputs: {dataset: images.dataset, synthetic: mine.synthetic}
    with: {model: ConvNetD1W8, trials: 1, epochs: 1}
  arrays:
    run: [/usr/bin/python3, '\${inputs.program}', '\${outputs.arrays}']
    inputs: {program: ./dots.py}
    outputs: {arrays: file}
  dots: {uses: download, with: {dataset: images}, inputs: {archive: arrays.arrays}}
  normal: {uses: zca, inputs: {dataset: dots.dataset}, with: {method: standardise}}
`;

let rig: Rig;
before(async () => {
  rig = await Rig.withLearning();
  await rig.write('p.yaml', pipeline);
  await rig.write('python.yaml', fromPython);
  await rig.write('noise.py', noise!);
  await rig.write('dots.py', dots!);
  await succeeds('run', 'p.yaml');
});
after(async () => rig[Symbol.asyncDispose]());

async function succeeds(...args: readonly string[]): Promise<Finished> {
  const finished = await rig.pipeline(...args);
  assert.equal(finished.code, 0, finished.stdout + finished.stderr);
  return finished;
}

async function fileOf(what: string): Promise<string> {
  const {stdout} = await succeeds('show', what, '--json');
  return path.resolve(rig.folder, (JSON.parse(stdout) as {readonly file: string}).file);
}

/** Gives the names of tensors, columns and metadata in a file. */
async function fieldsOf(file: string, isArrow: boolean): Promise<readonly string[]> {
  if (!isArrow) {
    const {tensors, metadata} = await readSafetensors(file);
    return [...tensors.keys(), ...Object.keys(metadata)];
  }
  return await readArrowFile(file, ({schema}) =>
    Promise.resolve([...schema.fields.map(({name}) => name), ...schema.metadata.keys()]),
  );
}

/** Gives the part of the page about a media, which is a section or an entry in the list of tables. */
function partOf(media: string): string {
  const section = new RegExp(`^## ${media}\\n(.*?)^## `, 'ms').exec(page)?.[1];
  if (section !== undefined) return section;
  const entries = page.matchAll(new RegExp(`^- \`${media}\`:.*\\n((?:  .*\\n)+)`, 'gm'));
  return Array.from(entries, ([, entry]) => entry!).join('');
}

/**
 * Gives the fields at the beginnings of lines: `always` has those that every file has, `any` also those that a file may
 * have.
 */
function shown(media: string): Readonly<Record<'always' | 'any', readonly string[]>> {
  const heads = partOf(media).matchAll(/^ *- ((?:_?`[^`]+`_?(?:, )?)+)/gm);
  const all = Array.from(heads, ([, head]) => head!).join(', ');
  const fields = Array.from(all.matchAll(/(_?)`([^`]+)`/g), ([, mark, name]) => ({
    name: name!,
    isAlways: mark === '' && !name!.endsWith('…'),
  }));
  return {
    always: fields.filter(({isAlways}) => isAlways).map(({name}) => name),
    any: fields.map(({name}) => name),
  };
}

const artifacts = [
  ['synthetic', 'distilled.synthetic'],
  ['synthetic', 'random.synthetic'],
  ['trajectory', 'expert.trajectory'],
  ['buffer', 'buffers.buffers'],
  ['dataset', 'images.dataset'],
  ['scores', 'scores.scores'],
  ['table', 'table.table'],
  ['metrics', 'expert.metrics'],
  ['metrics', 'distilled.metrics'],
  ['histograms', 'distilled.histograms'],
  ['pictures', 'distilled.pictures'],
] as const;

test('the page has every field of every file, and the files have every field that is always there', async () => {
  const tensors: readonly string[] = ['synthetic', 'trajectory', 'buffer'];
  const ofStages = ['learningRate', 'synthetic_sha256', 'about'];
  for (const [media, what] of artifacts) {
    const fields = await fieldsOf(await fileOf(what), !tensors.includes(media));
    const {always, any} = shown(media);
    const isShown = (field: string): boolean =>
      any.some(
        (name) => name === field || (name.endsWith('…') && field.startsWith(name.slice(0, -1))),
      );
    const unknown = fields.filter((field) => !isShown(field) && !ofStages.includes(field));
    assert.deepEqual(unknown, [], what);
    // Stage types write metrics of their own.
    if (media === 'metrics') continue;
    assert.deepEqual(
      always.filter((field) => !fields.includes(field)),
      [],
      what,
    );
  }
});

describe(
  'with numpy and safetensors for Python',
  {skip: skipWithout('numpy', 'safetensors')},
  () => {
    test('the program of the page reads the distilled set among the results', async () => {
      const [run] = await rig.runs();
      const file = path.join(rig.folder, `artifacts/runs/${run!}/results/distilled.safetensors`);
      const program = reading!;
      assert.match(
        await runPython(program, file),
        /^\(2, \d+, \d+, 3\) \['red', 'blue'\] 0\.\d+\n$/,
      );
    });

    test('the programs of the page make a set that is evaluated, and a data set that is normalised', async () => {
      await succeeds('run', 'python.yaml');
      const {metadata, tensors} = await readSafetensors(await fileOf('mine.synthetic'));
      assert.equal(metadata['provenance.method'], 'noise');
      assert.equal(tensors.get('step_size')!.data[0], 0.03);
      const fields = await fieldsOf(await fileOf('normal.transform'), false);
      const {always, any} = shown('transform');
      assert.deepEqual(
        fields.filter((field) => !any.includes(field)),
        [],
      );
      assert.deepEqual(
        always.filter((field) => !fields.includes(field)),
        [],
      );
    });
  },
);
