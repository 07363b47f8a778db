import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {formatDiagnostics} from '../../src/diagnostics/format-diagnostics.ts';
import type {LoadedPipeline} from '../../src/pipeline/load-pipeline.ts';
import {parseSelector} from '../../src/pipeline/selector.ts';
import {loadText, loadTexts} from '../support/load-text.ts';

/** Whatever the text: no exception, and mistakes that lie inside of the text they are about. */
function assertSane(loaded: LoadedPipeline): void {
  const diagnostics = loaded.kind === 'ok' ? loaded.warnings : loaded.diagnostics;
  if (loaded.kind === 'invalid') assert.ok(diagnostics.length > 0);
  for (const {span, notes} of diagnostics) {
    for (const place of [span, ...notes.flatMap((note) => note.span ?? [])]) {
      assert.ok(0 <= place.start && place.start <= place.end);
      assert.ok(place.end <= place.file.text.length);
    }
  }
  formatDiagnostics(diagnostics, {color: true});
}

const pieces = [
  'stages:|\n|\n  |\n    |  a:| uses: make| {uses: make}|params:|- |{|}|[|]|, |: |"|\'|${params.x}|${matrix.a}',
  '${|*a|&a |<<|!!binary |!x |? |>|#|\t|---|...|%YAML|\u0000|\u001b[31m|matrix: {a: {count: 3}}',
  'with: {count: 1}|inputs: {dataset: a.dataset}|é😀|1e999|0x1f|.nan|-0|null|true|~|__proto__: ',
  'constructor: |\r|\ufeff',
]
  .flatMap((line) => line.split('|'))
  .concat('|');

test('text put together from pieces of pipelines never throws', async () => {
  const text = fc.array(fc.constantFrom(...pieces), {maxLength: 30}).map((list) => list.join(''));
  await fc.assert(
    fc.asyncProperty(text, async (text) => assertSane(await loadText(text))),
    {numRuns: 200},
  );
});

test('arbitrary bytes never throw', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({maxLength: 200}), async (bytes) =>
      assertSane(await loadTexts({'pipeline.yaml': bytes})),
    ),
  );
});

const valid = `
params: {n: 2, name: toy}
stages:
  data: {uses: make, with: {name: "\${params.name}"}}
  net:
    uses: train
    matrix: {seed: {count: "\${params.n}"}, model: [VGG11, ResNet18], exclude: [{seed: 1, model: VGG11}]}
    inputs: {dataset: data.dataset}
    with: {model: "\${matrix.model}", seed: "\${matrix.seed}", augment: {crop: 4}}
    resources: {device: 1}
  join: {uses: join, inputs: {trajectories: ["net.trajectory[*]", "net.trajectory[seed=0,model=VGG11]"]}}
outputs: {buffers: join.buffers}
`;

test('a valid pipeline with some characters changed never throws', async () => {
  assert.equal((await loadText(valid)).kind, 'ok');
  const edit = fc.tuple(fc.nat(valid.length), fc.nat(4), fc.constantFrom('', ...pieces));
  await fc.assert(
    fc.asyncProperty(fc.array(edit, {minLength: 1, maxLength: 4}), async (edits) => {
      let text = valid;
      for (const [at, removed, added] of edits) {
        text = text.slice(0, at) + added + text.slice(at + removed);
      }
      assertSane(await loadText(text));
    }),
    {numRuns: 200},
  );
});

test('a value of any kind at any place of a pipeline never throws', async () => {
  const shapes: readonly ((value: string) => string)[] = [
    (value) => value,
    (value) => `stages: ${value}`,
    (value) => `params: ${value}\nstages: {a: {uses: make}}`,
    (value) => `stages: {a: ${value}}`,
    ...['uses', 'with', 'inputs', 'matrix', 'resources'].map(
      (key) => (value: string) => `stages: {a: {uses: train, ${key}: ${value}}}`,
    ),
    (value) => `stages: {a: {uses: train, matrix: {x: ${value}}, inputs: {dataset: ${value}}}}`,
    (value) => `stages: {a: {uses: make, matrix: {x: [1], include: ${value}, exclude: ${value}}}}`,
    (value) => `stages: {a: {uses: train, with: {augment: ${value}, sizes: ${value}}}}`,
  ];
  const value = fc.jsonValue({maxDepth: 3}).map((value) => JSON.stringify(value));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...shapes), value, async (shape, value) =>
      assertSane(await loadText(shape(value))),
    ),
    {numRuns: 200},
  );
});

test('arbitrary --set and selectors never throw', async () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom('n=', 'n=[1', 'n.m=1', 'name=*a', 'a[b=', 'a[*'),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(word, {maxLength: 3}), async (words) => {
      assertSane(await loadText(valid, words));
      for (const word of words) parseSelector(word, '--until');
    }),
    {numRuns: 200},
  );
});
