/**
 * Tests the commands that read results, on every kind of artifact of a complete distillation by the real stage types.
 */
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {mediaOf} from '../../src/contract/registry.ts';
import {registry} from '../../stages/registry.ts';
import {Rig} from '../support/program/rig.ts';

const pipeline = (iterations: number): string => `
stages:
  images: {uses: download, with: {dataset: mnist}}
  whitened: {uses: zca, inputs: {dataset: images.dataset}}
  expert:
    uses: train-expert
    matrix: {seed: {count: 2}}
    inputs: {dataset: whitened.dataset}
    with: {model: ConvNetD1W8, epochs: 3, batch: 8, seed: '\${matrix.seed}'}
  buffers: {uses: shard-buffers, inputs: {experts: 'expert.trajectory[*]'}}
  distilled:
    uses: distill
    inputs: {dataset: whitened.dataset, transform: whitened.transform, buffers: buffers.buffers}
    with: {ipc: 1, iterations: ${iterations}, steps: 2, expertEpochs: 1, maxStartEpoch: 1, stepSizeRate: 0, keepState: true}
  scores:
    uses: evaluate
    inputs: {dataset: whitened.dataset, synthetic: distilled.synthetic}
    with: {model: MLP, trials: 2, epochs: 2}
  table: {uses: table, inputs: {scores: 'scores.scores[*]'}}
  other:
    run: [sh, -c, 'echo x > outputs/text.txt; echo "[1]" > outputs/json.json; echo "<svg/>" > outputs/svg.svg; printf "a\\0b" > outputs/file.bin']
    outputs: {text: text, json: json, svg: svg, file: file}
`;

let rig: Rig;

before(async () => {
  rig = await Rig.create({PIPELINE_TEST_STAGES: 'tiny-download'});
  for (const iterations of [3, 4]) {
    await rig.write('p.yaml', pipeline(iterations));
    const {code, stdout} = await rig.pipeline('run', 'p.yaml');
    assert.equal(code, 0, stdout);
  }
});
after(async () => rig[Symbol.asyncDispose]());

/** One artifact of each media, with lines that its description must contain besides its form. */
const shown: readonly (readonly [what: string, media: string, ...lines: readonly RegExp[]])[] = [
  [
    'images.dataset',
    'dataset',
    /^image +FixedSizeBinary/m,
    /^\d+ rows, the first 10$/m,
    /^ +classes /m,
  ],
  ['distilled.state', 'state', /^scalars +F64 +5 /m],
  ['whitened.transform', 'transform', /^tensor +type +shape +min +max +mean +sd +first values$/m],
  [
    'expert[seed=1].trajectory',
    'trajectory',
    /^theta +F32 +4×\d+ .*, …$/m,
    /^ +model +ConvNetD1W8$/m,
  ],
  ['expert[seed=1].metrics', 'metrics', /^testAccuracy +Float64 /m, /^3 rows$/m],
  ['buffers.buffers', 'buffer', /^theta\.1 +F32 +4×/m],
  ['distilled.synthetic', 'synthetic', /^step_size +F64 +scalar /m, /^labels +I32 +2 .* 0, 1$/m],
  [
    'distilled.picture',
    'image',
    /^\d+ × \d+ pixels, \d × 8 bits$/m,
    /^values from \d+ to \d+, mean /m,
  ],
  ['distilled.histograms', 'histograms', /^limits +List<Float64>/m, /^\d+ rows/m],
  ['distilled.pictures', 'pictures', /^png +Binary/m, / \[137, 80, 78, … [\d,]+\]$/m],
  ['scores.scores', 'scores', /^accuracy +Float64 /m, /^2 rows$/m],
  ['table.table', 'table', /^mean +Float64 /m],
  ['table.markdown', 'markdown', /^\| MLP /m],
  ['table.csv', 'csv', /^MLP,/m],
  ['table.latex', 'latex', /^MLP & /m],
  ['other.text', 'text', /^x$/m],
  ['other.json', 'json', /^\[1\]$/m],
  ['other.svg', 'svg', /^<svg\/>$/m],
  ['other.file', 'file', /^ {2}61 00 62 +a·b$/m],
];

test('every kind of artifact is shown: its form, statistics and how it begins', async () => {
  for (const [what, name, ...lines] of shown) {
    const {code, stdout, stderr} = await rig.pipeline('show', what);
    assert.equal(code, 0, stdout + stderr);
    for (const line of lines) assert.match(stdout, line, what);
    const {container} = mediaOf(registry).get(name)!;
    // Texts are printed unchanged, so that they can be piped on.
    const isText = container === 'text';
    const form = name === container ? name : `${name} (${container})`;
    assert.equal(stdout.startsWith(`${what}: ${form}, `), !isText, stdout);
    const known = JSON.parse((await rig.pipeline('show', what, '--json')).stdout) as {
      media: string;
    };
    assert.equal(known.media, name);
  }
});

test('this file has an artifact of every media', () => {
  const tried = new Set(shown.map(([, name]) => name));
  assert.deepEqual(
    [...mediaOf(registry).keys()].filter((name) => !tried.has(name)),
    [],
  );
});

test('two runs differ in what the changed parameter reached, tensors by how far apart they are', async () => {
  const [first, second] = await rig.runs();
  const {code, stdout} = await rig.pipeline('diff', first!, second!);
  assert.equal(code, 1);
  assert.match(stdout, /^~ distilled\n {4}iterations: 3 → 4\n {4}output synthetic\n/);
  assert.match(
    stdout,
    /\n {6}tensor .*max \|Δ\| +mean \|Δ\| +max relative\n {6}images +F32 2×\S+ +\d+ +\d/,
  );
  assert.match(stdout, /\n {6}metadata\n {8}iteration: 3 → 4\n/);
  assert.match(stdout, /\n {4}output metrics\n {6}3 → 4 rows\n/);
  assert.match(stdout, /\n {4}output picture\n {6}\d+ values of pixels differ, by \d+ at most/);
  assert.match(stdout, /\n~ scores\n {4}its input synthetic changed\n/);
  assert.doesNotMatch(stdout, /^~ (images|whitened|expert|buffers|other)/m);
});

test('all instances, run again on their recorded inputs, give equal bytes', async () => {
  const stages = ['images', 'whitened', 'expert', 'buffers', 'distilled', 'scores', 'table'];
  const rebuild = stages.flatMap((stage) => ['--rebuild', stage]);
  const {code, stdout} = await rig.pipeline('verify', 'p.yaml', ...rebuild);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /\n\d+ outputs equal to the last byte\.\n$/);
});
