import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {formatDiagnostics} from '../../src/diagnostics/format-diagnostics.ts';
import type {LoadedPipeline} from '../../src/pipeline/load-pipeline.ts';
import {findFile} from '../../src/cli/find-file.ts';
import {repositoryFile} from '../support/texts/repository.ts';
import type {Diagnostic} from '../../src/diagnostics/diagnostic.ts';
import {chooseInstances, parseWishes} from '../../src/pipeline/graph/choose-instances.ts';
import {graphOf, loadText, loadTexts} from '../support/texts/load-text.ts';

/**
 * Checks that, for any text, loading throws no exception, and that every diagnostic lies within the text it is about.
 */
function assertSane(loaded: LoadedPipeline): void {
  const diagnostics = loaded.kind === 'ok' ? loaded.warnings : loaded.diagnostics;
  if (loaded.kind === 'invalid') assertPlaced(diagnostics);
  else assertPlaces(diagnostics);
}

/** Checks that there are diagnostics, and that they can be formatted. */
function assertPlaced(diagnostics: readonly Diagnostic[]): void {
  assert.ok(diagnostics.length > 0);
  assertPlaces(diagnostics);
}

function assertPlaces(diagnostics: readonly Diagnostic[]): void {
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
  'constructor: |\r|\ufeff|run: [sh, -c]|${inputs.a}|${outputs.out}|outputs: {out: text}|timeout: 5m|retry: 1|./',
  'environment: [A, B=1]|cell[a=1]/b|/|a.out|${params.x[matrix.a]}|${params.x[|params: {x: {a: 1}}\n',
  'uses: ./c.yaml|outputs: {o: a.dataset}\n|with: {x: 1}|usse: |stagse:|outptus: |inptus: |a: {uses: ./c.yaml}',
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

test('text put together for a nested pipeline never throws either', async () => {
  const text = fc.array(fc.constantFrom(...pieces), {maxLength: 20}).map((list) => list.join(''));
  const user = `
params: {x: 1}
stages:
  a: {uses: ./c.yaml, with: {x: "\${matrix.k}"}, matrix: {k: [1, two, true]}}
  b: {run: [cat, "\${inputs.i}"], inputs: {i: "a.o[*]"}, outputs: {o: text}}
`;
  await fc.assert(
    fc.asyncProperty(text, async (used) => {
      for (const whole of [used, `stages: {a: {uses: make}}\n${used}`, `${used}\nstages: {}`]) {
        assertSane(await loadTexts({'pipeline.yaml': user, 'c.yaml': whole}));
      }
    }),
    {numRuns: 100},
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
    timeout: 30m
    retry: {crash: 1, out-of-memory: 2}
  told:
    run: [sh, -c, 'cp "$1" "$2"', "\${inputs.from}", "\${outputs.copy}", "\${params.n}"]
    inputs: {from: data.dataset}
    outputs: {copy: text}
    environment: [HOME, LANG=C]
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
    ...['uses', 'with', 'inputs', 'matrix', 'resources', 'timeout', 'retry', 'run'].map(
      (key) => (value: string) => `stages: {a: {uses: train, ${key}: ${value}}}`,
    ),
    ...['run', 'inputs', 'outputs', 'environment', 'timeout', 'with', 'matrix'].map(
      (key) => (value: string) => `stages: {a: {run: [sh], outputs: {x: text}, ${key}: ${value}}}`,
    ),
    (value) => `stages: {a: {run: ["\${inputs.${value}}"], outputs: {x: ${value}}}}`,
    (value) => `stages: {a: {uses: train, retry: {crash: ${value}}, inputs: {dataset: ${value}}}}`,
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

test('arbitrary --set never throws', async () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom('n=', 'n=[1', 'n.m=1', 'name=*a', '=', 'n={a: 1}', 'n=!x', 'name=${params.n}'),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(word, {maxLength: 3}), async (words) =>
      assertSane(await loadText(valid, words)),
    ),
    {numRuns: 200},
  );
});

test('arbitrary selectors never throw: they choose instances or are reported', async () => {
  const graph = await graphOf(valid);
  const piece = fc.oneof(
    fc.string({maxLength: 3}),
    fc.constantFrom(
      ...'net|data|[|]|/|=|,|seed|model|*|"|\\\\|VGG11|0|9|join|told'.split('|'),
      '|',
    ),
    fc.constantFrom('net[seed=0]', 'net[model=VGG11|ResNet18,seed=*]', 'join'),
  );
  const word = fc.array(piece, {maxLength: 6}).map((pieces) => pieces.join(''));
  const words = fc.array(word, {maxLength: 2});
  fc.assert(
    fc.property(words, words, words, (select, until, force) => {
      const {wishes, diagnostics} = parseWishes({select, until, force});
      const chosen = diagnostics.length > 0 ? undefined : chooseInstances(graph, wishes);
      if (chosen?.kind === 'chosen') assert.ok(chosen.choice.graph.instances.size > 0);
      else assertPlaced(chosen?.diagnostics ?? diagnostics);
    }),
    {numRuns: 500},
  );
});

test('arbitrary words of a command line never throw', () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom('a.yaml', 'b.yml', './', '/', '..', 'a[x=1.yaml', '\u0000', 'x/../y'),
  );
  fc.assert(
    fc.property(fc.array(word, {maxLength: 3}), (words) => {
      const found = findFile(words, {cwd: import.meta.dirname, packageRoot: repositoryFile('')});
      if (found.kind === 'none') assertPlaced(found.diagnostics);
    }),
  );
});
