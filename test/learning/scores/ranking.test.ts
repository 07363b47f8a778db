import assert from 'node:assert/strict';
import {test} from 'node:test';
import {augmentationRobustScore, labelRobustScore} from '../../../src/learning/scores/ranking.ts';

test('the best set scores 1, the worst 0, and one that changes nothing 0.269, from fractions', () => {
  const label = (a: number): number => labelRobustScore({ior: a, hlr: -a});
  const augmentation = (a: number): number => augmentationRobustScore({ior: a, plainIor: a});
  for (const score of [label, augmentation]) {
    assert.equal(score(1), 1);
    assert.equal(score(-1), 0);
    assert.ok(Math.abs(score(0) - 1 / (Math.E + 1)) < 1e-15, String(score(0)));
  }
});

test('weights decide between what is gained over random and what is lost against all data', () => {
  const measured = {ior: 0.4, hlr: 0.2};
  assert.equal(labelRobustScore(measured, 1), labelRobustScore({...measured, hlr: 0.9}, 1));
  assert.equal(labelRobustScore(measured, 0), labelRobustScore({...measured, ior: 0.9}, 0));
  assert.ok(labelRobustScore(measured, 1) > labelRobustScore(measured, 0));
});
