import assert from 'node:assert/strict';
import {test} from 'node:test';
import {judge} from '../../src/report/rebuild-text.ts';
import {Rig} from '../support/rig.ts';

const pipeline = `
stages:
  first: {uses: say, with: {text: abc}}
  size: {uses: measure, inputs: {of: first.out}}
  odd: {uses: drift}
  end: {uses: join, inputs: {parts: [size.out, odd.out]}}
`;

async function everything(rig: Rig): Promise<readonly string[]> {
  const parts = ['cas', 'records', 'fingerprints', 'checkpoints', 'leases', 'work', 'runs'];
  const files = await Promise.all(parts.map((part) => rig.stored(part)));
  return files.flat();
}

test('stored instances run again on their recorded inputs and are compared, and the store stays as it was', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', pipeline);
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  const before = await everything(rig);
  const same = await rig.pipeline('verify', '--rebuild', 'size', '--rebuild', 'first', 'p.yaml');
  assert.equal(same.code, 0, same.stdout + same.stderr);
  assert.match(same.stdout, /✓ first\.out {2}equal to the last byte/);
  assert.match(same.stdout, /✓ size\.out {2}equal to the last byte\n✓ size\.table {2}equal/);
  // What takes in an output that came out differently still gets the recorded one.
  const odd = await rig.pipeline('verify', '--rebuild', 'odd', '--rebuild', 'end', 'p.yaml');
  assert.equal(odd.code, 1, odd.stdout + odd.stderr);
  assert.match(odd.stdout, /✗ odd\.out {2}diverged\n {4}1 lines differ/);
  assert.match(odd.stdout, /✓ end\.out {2}equal to the last byte/);
  assert.deepEqual(await everything(rig), before);
  assert.equal((await rig.pipeline('verify')).code, 0);
});

test('what is not stored cannot be compared, and an unknown stage is refused', async () => {
  await using rig = await Rig.create();
  await rig.write('pipeline.yaml', pipeline);
  const absent = await rig.pipeline('verify', '--rebuild', 'first');
  assert.deepEqual(
    [absent.code, absent.stderr],
    [1, 'first is not stored: there is nothing to compare with.\n'],
  );
  const unknown = await rig.pipeline('verify', '--rebuild', 'frist');
  assert.deepEqual([unknown.code, /did you mean `first`/.test(unknown.stderr)], [3, true]);
});

test('numbers may differ by the tolerance, and nothing else may', () => {
  const deviation = {
    count: 4,
    differing: 1,
    maxAbs: 0.25,
    meanAbs: 0.1,
    maxRelative: 1,
    unlike: 0,
    nans: [0, 0],
    infinities: [0, 0],
  } as const;
  const tensors = (changes: object): Parameters<typeof judge>[0] => ({
    kind: 'tensors',
    tensors: [{name: 'x', ...deviation, ...changes}],
    metadata: [],
  });
  assert.equal(judge({kind: 'equal'}, 0), 'equal');
  assert.equal(judge(tensors({}), 0.25), 'within');
  assert.equal(judge(tensors({}), 0.2), 'diverged');
  assert.equal(judge(tensors({unlike: 1}), 1), 'diverged');
  assert.equal(judge(tensors({maxAbs: undefined}), 1), 'diverged');
  assert.equal(judge({kind: 'different', note: 'x'}, 1), 'diverged');
});
