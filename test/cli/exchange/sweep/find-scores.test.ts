import assert from 'node:assert/strict';
import {test} from 'node:test';
import {findScores} from '../../../../src/cli/exchange/sweep/find-scores.ts';
import {DiagnosticLog} from '../../../../src/diagnostics/diagnostic.ts';
import {formatDiagnostics} from '../../../../src/diagnostics/format-diagnostics.ts';
import {loadPipeline} from '../../../../src/pipeline/load-pipeline.ts';
import {registry} from '../../../../stages/registry.ts';

const judged = `
  raw: {uses: download, with: {dataset: mnist}}
  images: {uses: zca, inputs: {dataset: raw.dataset}, with: {method: standardise}}
  set: {uses: coreset, inputs: {dataset: images.dataset}}
  a: {uses: evaluate, matrix: {n: [0, 1]}, inputs: {dataset: images.dataset, synthetic: set.synthetic}, with: {model: MLP, seed: "\${matrix.n}"}}
  b: {uses: evaluate, inputs: {dataset: images.dataset, synthetic: set.synthetic}, with: {model: LeNet}}
`;

async function found(
  files: Readonly<Record<string, string>>,
  named?: string,
): Promise<readonly [string | undefined, string]> {
  const loaded = await loadPipeline({
    file: 'p.yaml',
    registry,
    readFile: (file) => Promise.resolve(Buffer.from(files[file]!)),
  });
  assert.ok(
    loaded.kind === 'ok',
    formatDiagnostics(loaded.kind === 'ok' ? [] : loaded.diagnostics),
  );
  const log = new DiagnosticLog();
  const request = {media: 'scores', file: 'p.yaml', ...(named !== undefined && {named})};
  return [findScores(loaded, request, log), formatDiagnostics(log.sorted())];
}

const table = 'table: {uses: table, inputs: {scores: ["a.scores[*]", b.scores]}}';

test('the scores are those that no stage with scores takes in', async () => {
  assert.deepEqual(await found({'p.yaml': `stages:${judged}  ${table}\n`}), ['table.scores', '']);
  const one = judged.replace(/ {2}b:.*\n/, '');
  assert.deepEqual(await found({'p.yaml': `stages:${one}`}), ['a.scores', '']);
});

test('an output that has a name and is that of a stage is found once, by the shorter', async () => {
  const files = {
    'p.yaml': 'stages: {cell: {uses: ./cell.yaml}}',
    'cell.yaml': `stages:${judged}  ${table}\noutputs: {all: table.scores}\n`,
  };
  assert.deepEqual(await found(files), ['cell.all', '']);
  assert.deepEqual(await found(files, 'cell.b.scores'), ['cell.b.scores', '']);
});

test('none, several and an unknown one are reported with those that there are', async () => {
  const [, several] = await found({'p.yaml': `stages:${judged}`});
  assert.match(
    several,
    /^command line:1:1 error unknown-output: p\.yaml has several outputs with scores: `a\.scores`, `b\.scores`\. Say `--scores a\.scores`, or another\./,
  );
  const [, none] = await found({
    'p.yaml': 'stages: {raw: {uses: download, with: {dataset: mnist}}}',
  });
  assert.match(none, /error unknown-output: p\.yaml has no output with scores, by which/);
  const [, unknown] = await found({'p.yaml': `stages:${judged}`}, 'a.score');
  assert.match(
    unknown,
    /^command line:1:10 error unknown-output: p\.yaml has no output `a\.score` with scores; it has `a\.scores`, `b\.scores`\./,
  );
  assert.match(unknown, /did you mean `a\.scores`/);
});
