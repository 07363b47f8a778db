import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Instance} from '../../../src/pipeline/graph/instance.ts';
import {History} from '../../../src/plan/history.ts';
import {Expectations} from '../../../src/schedule/estimates/expectations.ts';
import type {Task} from '../../../src/schedule/run-queue.ts';
import type {Key} from '../../../src/store/records/record.ts';
import {Rig} from '../../support/program/rig.ts';

/** Gives a task of a stage with these parameters. */
function task(stage: string, params: Task['fingerprint']['params']): Task {
  const fingerprint = {type: 'train', version: 1, params, inputs: {}, environment: {}};
  return {instance: {stage} as Instance, key: 'k' as Key, fingerprint, reasons: []};
}

test('an attempt is expected to take as long as the one of its stage that is most like it, the newest of several', () => {
  const expectations = new Expectations(new History({root: '/nowhere'}));
  const expectedMs = (stage: string, params: Task['fingerprint']['params']) =>
    expectations.expectedMs(task(stage, params));
  assert.equal(expectedMs('a', {model: 'large', seed: 0}), undefined);
  expectations.learn(task('a', {model: 'small', seed: 0}), 100);
  expectations.learn(task('a', {model: 'large', seed: 0}), 5000);
  expectations.learn(task('a', {model: 'small', seed: 1}), 120);
  assert.equal(expectedMs('a', {model: 'large', seed: 2}), 5000);
  assert.equal(expectedMs('a', {model: 'small', seed: 2}), 120);
  assert.equal(expectedMs('b', {model: 'small', seed: 2}), undefined);
  for (let seed = 10; seed < 30; seed++) {
    expectations.learn(task('a', {model: 'small', seed}), seed);
  }
  assert.equal(expectedMs('a', {model: 'small', seed: 2}), 29);
});

test('in the first run the later instances of a stage are expected to take as long as the earlier, in the next as long as their like', async () => {
  await using rig = await Rig.create();
  const pipeline = (count: number): string =>
    `stages: {a: {uses: say, matrix: {n: {count: ${count}}}, with: {text: "t\${matrix.n}"}}}\n`;
  await rig.write('p.yaml', pipeline(3));
  const expected = async (): Promise<readonly (number | undefined)[]> =>
    (await rig.events()).flatMap((event) => (event.kind === 'started' ? [event.expectedMs] : []));
  assert.equal((await rig.pipeline('run', 'p.yaml', '--jobs', '1')).code, 0);
  const [first, ...later] = await expected();
  assert.equal(first, undefined);
  const took = (await rig.events()).flatMap((event) =>
    event.kind === 'finished' ? [event.record.durationMs] : [],
  );
  assert.deepEqual(later, took.slice(0, 2));

  await rig.write('p.yaml', pipeline(4));
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  const [again] = await expected();
  assert.ok(took.includes(again!));
});
