import assert from 'node:assert/strict';
import {test} from 'node:test';
import {choiceText, whyChosen} from '../../../../src/tensor/engines/auto/why-chosen.ts';

const refused = {name: 'tfjs', refusal: 'It is not installed.'};
const trials = [
  {name: 'wasm', milliseconds: 104.4},
  {name: 'webgpu', milliseconds: 1.249},
  {name: 'opencl', milliseconds: 0.8},
  refused,
];

test('the chosen engine comes first, then the others from the fastest to those that were refused', () => {
  assert.deepEqual(whyChosen('opencl', {trials, source: 'Measured.'}), [
    'engine opencl: the fastest here, 0.80 ms for a step of training',
    'engine webgpu: 1.2 ms for a step of training',
    'engine wasm: 104 ms for a step of training',
    'engine tfjs: not used. It is not installed.',
    'Measured.',
  ]);
  const text =
    'fastest of opencl 0.80 ms, webgpu 1.2 ms, wasm 104 ms; tfjs not used: It is not installed.';
  assert.equal(choiceText(trials), text);
});

test('where only the CPU works, no times are told', () => {
  assert.deepEqual(whyChosen('wasm', {trials: [refused], source: 'None works.'}), [
    'engine wasm: the fastest on a CPU',
    'engine tfjs: not used. It is not installed.',
    'None works.',
  ]);
  assert.equal(
    choiceText([refused]),
    'no engine for GPUs works here; tfjs not used: It is not installed.',
  );
});
