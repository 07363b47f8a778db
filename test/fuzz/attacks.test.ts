/** Runs the attacks of `npm run fuzz` at a small size. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {runAttack} from '../../bench/fuzz/guard.ts';

const isRoot = process.getuid?.() === 0;

const attacks: readonly (readonly [name: string, cases: number, says: string])[] = [
  [
    'artifacts',
    3,
    'artifacts that are damaged although their digests match are told, by whatever reads them',
  ],
  [
    'books',
    10,
    'what a store says of itself may be anything: nothing crashes, and nothing outside is touched',
  ],
  [
    'pipelines',
    150,
    'pipelines that are nearly valid give instances or mistakes that are shown at their place',
  ],
  ['clocks', 1, 'clocks that are set while runs go on change no result'],
];

for (const [name, cases, says] of attacks) {
  test(says, async () => {
    const {failures} = await runAttack({name, seed: 11, cases});
    assert.deepEqual(failures, []);
  });
}

test(
  'another user who may write to a store leads no process out of it',
  {skip: !isRoot},
  async () => {
    // In the second case, `cas` is a link.
    const {failures} = await runAttack({name: 'users', seed: 11, from: 1, cases: 1});
    assert.deepEqual(failures, []);
  },
);
