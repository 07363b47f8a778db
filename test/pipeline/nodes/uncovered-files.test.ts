import assert from 'node:assert/strict';
import {test} from 'node:test';
import {DiagnosticLog} from '../../../src/diagnostics/diagnostic.ts';
import type {Instance, InstanceId, OutputRef} from '../../../src/pipeline/graph/instance.ts';
import {warnUncovered} from '../../../src/pipeline/nodes/uncovered-files.ts';
import {loadTexts, outputOf} from '../../support/texts/load-text.ts';

test('a stage with a folder is the same whether its file is run or used by another', async () => {
  const inner = `
stages:
  one: {run: [sh, measure], outputs: {}, folder: ./programs}
`;
  const direct = await loadTexts({'test/fixtures/p.yaml': inner});
  const nested = await loadTexts({
    'pipeline.yaml': 'stages: {sub: {uses: ./test/fixtures/p.yaml}}',
    'test/fixtures/p.yaml': inner,
  });
  assert.ok(direct.kind === 'ok' && nested.kind === 'ok');
  const one = direct.graph.instances.get('one' as InstanceId)!;
  assert.equal(one.params['folder'], 'programs');
  assert.deepEqual(nested.graph.instances.get('sub/one' as InstanceId)!.params, one.params);
  const hint = /`inputs: \{measure: \.\/programs\/measure\}`/;
  assert.match(outputOf(direct), hint);
  assert.match(outputOf(nested), hint);
});

test('inputs that instances share are looked at once', async () => {
  const loaded = await loadTexts({
    'pipeline.yaml': `
stages:
  each: {run: [sh, measure], outputs: {}, folder: ./test/fixtures/programs, matrix: {n: [1, 2, 3]}}
`,
  });
  assert.ok(loaded.kind === 'ok');
  let looks = 0;
  const ref: OutputRef = {
    get instance() {
      looks++;
      return './test/fixtures/programs/measure' as InstanceId;
    },
    output: 'file',
  };
  const shared = [ref];
  const instances = Array.from(loaded.graph.instances.values(), (instance): Instance => ({
    ...instance,
    inputs: {all: shared},
  }));
  const log = new DiagnosticLog();
  warnUncovered(instances, log);
  assert.deepEqual([instances.length, log.sorted(), looks], [3, [], 1]);
});
