import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {ClusterEngine} from '../../src/cluster/engine.ts';
import {tellingSlow} from '../../src/cluster/tell-slow.ts';
import {submissionOf} from '../support/cluster/small-cluster.ts';

/** What a cluster has for answers, each of which the test gives. */
function scripted(): {
  readonly engine: ClusterEngine;
  readonly told: string[];
  readonly answer: () => void;
} {
  const told: string[] = [];
  const waiting: (() => void)[] = [];
  const after = async <T>(answer: T): Promise<T> =>
    await new Promise((resolve) => void waiting.push(() => resolve(answer)));
  const engine: ClusterEngine = {
    submit: async ({members}) => await after({kind: 'submitted', job: '7', members}),
    list: async () => await after([]),
    cancel: async () => await after('It is away.'),
    commandFor: () => ['sbatch'],
  };
  const telling = tellingSlow(engine, {
    title: 'Slurm',
    tell: (line) => told.push(line),
    slowMs: 50,
  });
  return {engine: telling, told, answer: () => waiting.shift()!()};
}

/** Resolves when something was told. */
async function untilTold(told: readonly string[]): Promise<void> {
  while (told.length === 0) await new Promise((resolve) => setImmediate(resolve));
}

const line = '… Waiting for Slurm, which may limit how often it is asked.\n';

test('that a cluster takes long to answer is told once, and its answers are as they were', async () => {
  const {engine, told, answer} = scripted();
  const submitted = engine.submit(submissionOf());
  await untilTold(told);
  answer();
  assert.deepEqual(await submitted, {kind: 'submitted', job: '7', members: submissionOf().members});
  const cancelled = engine.cancel('r');
  await new Promise((resolve) => setTimeout(resolve, 100));
  answer();
  assert.equal(await cancelled, 'It is away.');
  assert.deepEqual(told, [line]);
});

test('nothing is told of answers that come soon', async () => {
  const {engine, told, answer} = scripted();
  const listed = engine.list('r');
  answer();
  assert.deepEqual(await listed, []);
  assert.equal(await engine.wereCancelled!('r'), false);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.deepEqual(told, []);
});
