/**
 * Checks what a run promises, for any pipeline and any sequence of edits, against an interpreter that stores nothing.
 */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {Laboratory} from '../support/rigs/laboratory.ts';
import {anyEdit, anyLook, anyPipeline} from '../support/laws/pipeline-arbitrary.ts';

const edits = fc.array(anyEdit, {maxLength: 6});
const steps = fc.array(
  fc.record(
    {edits: fc.array(anyEdit, {minLength: 1, maxLength: 2}), force: fc.nat(20)},
    {requiredKeys: ['edits']},
  ),
  {maxLength: 4},
);

test('after any edits exactly the affected instances run, and all results equal those of a clean run', async () => {
  const property = fc.asyncProperty(anyPipeline, steps, async (pipeline, history) => {
    await using laboratory = await Laboratory.create(pipeline);
    await laboratory.checkRun();
    for (const step of history) {
      for (const edit of step.edits) await laboratory.apply(edit);
      await laboratory.checkRun(step.force === undefined ? {} : {force: step.force});
    }
  });
  await fc.assert(property, {numRuns: 30});
});

test('changes of names, order, comments and resources run nothing', async () => {
  const property = fc.asyncProperty(anyPipeline, anyLook, async (pipeline, look) => {
    await using laboratory = await Laboratory.create(pipeline);
    await laboratory.checkRun();
    await laboratory.apply({kind: 'look', ...look});
    assert.deepEqual(await laboratory.checkRun(), []);
  });
  await fc.assert(property, {numRuns: 15});
});

test('an artifact that rotted is made again by its producer as soon as it is read', async () => {
  const rots = fc.array(fc.nat(20), {minLength: 1, maxLength: 3});
  const property = fc.asyncProperty(anyPipeline, rots, fc.nat(20), async (pipeline, rot, force) => {
    await using laboratory = await Laboratory.create(pipeline);
    await laboratory.checkRun();
    for (const nth of rot) await laboratory.apply({kind: 'rot-artifact', nth});
    assert.deepEqual(await laboratory.checkRun(), []);
    await laboratory.checkRun({force});
  });
  await fc.assert(property, {numRuns: 30});
});

test('interrupted and resumed runs together compute what one run computes', async () => {
  const stops = fc.array(fc.nat(30), {minLength: 1, maxLength: 3});
  const property = fc.asyncProperty(anyPipeline, stops, edits, async (pipeline, after, history) => {
    await using laboratory = await Laboratory.create(pipeline);
    await laboratory.checkRun({stopAfter: after});
    for (const edit of history) await laboratory.apply(edit);
    await laboratory.checkRun({stopAfter: after});
  });
  await fc.assert(property, {numRuns: 15});
});

test('two simultaneous runs on one store together compute what one run computes, and each key once', async () => {
  const property = fc.asyncProperty(anyPipeline, edits, async (pipeline, history) => {
    await using laboratory = await Laboratory.create(pipeline);
    await laboratory.checkRun({atOnce: 2});
    for (const edit of history) await laboratory.apply(edit);
    await laboratory.checkRun({atOnce: 2});
  });
  await fc.assert(property, {numRuns: 8});
});
