import assert from 'node:assert/strict';
import {test} from 'node:test';
import {aimsTable} from '../../../bench/gpu/aims.ts';

/** A part of a report, as `gpu-hour.sh` writes it. */
function part(title: string, text: string, end = 'Took 40 s.'): string {
  return `\n## ${title}\n\n\`\`\`text\n${text}\n\`\`\`\n\n${end}\n`;
}

/** What the benchmarks printed, in their own words. */
const measured = [
  part(
    'A student step and its way back, A,B: webgpu',
    `AMD EPYC, 16 cores, Node 20.19.0, load 1.0

A: ConvNet width 128, depth 3, batch 10 of 32×32×3, 50 steps
  loss 2.30259, by PyTorch 2.30259
  H100, WebGPU (Dawn), Winograd F(4, 3): median 0.482 ms/step (best 0.470); peak engine 152 MB, process 400 MB
  PyTorch 2.4.0, H100, TF32: median 9.12 ms/step (best 9.00); peak process 2100 MB
  ours / PyTorch: 0.05 (95 %: 0.05 to 0.06), load 1.0
  JAX 0.4.30, H100, default: median 1.21 ms/step (best 1.20); peak process 3100 MB
  ours / JAX: 0.40 (95 %: 0.39 to 0.41), load 1.0

B: ConvNet width 32, depth 3, batch 10 of 28×28×1, 50 steps
  H100, WebGPU (Dawn), Winograd F(4, 3): median 0.280 ms/step (best 0.270); peak engine 12.1 MB, process 400 MB`,
  ),
  part(
    'A student step and its way back, C: webgpu',
    `
C: ConvNet width 128, depth 3, batch 100 of 32×32×3, 30 steps
  without PyTorch: it did not start: no CUDA
  H100, WebGPU (Dawn), Winograd F(4, 3): median 2.10 ms/step (best 2.05); peak engine 612 MB, process 900 MB`,
  ),
  part(
    'An iteration with DSA, and its memory: webgpu',
    `
An iteration of 10 steps: ConvNet width 128, depth 3, batch 10 of 32×32×3
  H100, WebGPU (Dawn), Winograd F(4, 3): median 0.600 ms/step (best 0.590), 0.006 s an iteration; peak engine 105 MB, process 400 MB

An iteration of 50 steps: ConvNet width 128, depth 3, batch 10 of 32×32×3
  H100, WebGPU (Dawn), Winograd F(4, 3): median 0.580 ms/step (best 0.570), 0.029 s an iteration; peak engine 156 MB, process 450 MB`,
  ),
  part(
    'An epoch of an expert: webgpu',
    `
Training an expert, batches of 256: ConvNetD3, 32×32×3, 20 in a row
  H100, WebGPU (Dawn), Winograd F(4, 3): median 1.90 ms/batch (best 1.85), 0.371 s an epoch of 50,000 images; peak engine 800 MB, process 1200 MB
  PyTorch 2.4.0, H100, TF32: median 3.64 ms/batch (best 3.60), 0.711 s an epoch of 50,000 images; peak process 2100 MB
  ours / PyTorch: 0.52 (95 %: 0.51 to 0.53), load 1.0`,
  ),
].join('');

test('the table has each aim with what was measured, the others of the run, and whether it is met', () => {
  const [, , ...rows] = aimsTable(measured).split('\n');
  assert.deepEqual(rows, [
    '| a student step and its way back, A: at most 0.5 ms | 0.482 ms | PyTorch 9.12 ms, JAX 1.21 ms | yes |',
    '| the same, C: at most 2.0 ms | 2.1 ms |  | no |',
    '| an epoch of an expert: at most half of PyTorch’s time | 0.371 s | PyTorch 0.711 s | no |',
    '| an iteration of 50 steps with DSA: at most 0.03 s | 0.029 s |  | yes |',
    // 320,010 parameters of four bytes.
    '| memory: at most one set of parameters more a step | 105 MB at 10 steps, 156 MB at 50: 1.27 MB a step, and a set has 1.28 MB |  | yes |',
  ]);
});

test('memory that grows by more than the parameters, and an epoch without PyTorch, are no aims met', () => {
  const changed = measured
    .replace('peak engine 156 MB', 'peak engine 159 MB')
    .replaceAll('ours / PyTorch: 0.52', 'ours / JAX: 0.52');
  const [, , , , epoch, , memory] = aimsTable(changed).split('\n');
  assert.match(epoch!, /\| not known: PyTorch was not measured \|$/);
  assert.match(memory!, /1\.35 MB a step, .* \| no \|$/);
});

test('what was not measured is told with the reason', () => {
  const ends = [
    part('A student step and its way back, A,B: opencl', 'load 1.0', 'Stopped after 90 s.'),
    '\n## A student step and its way back, C: opencl\n\nThere was no time left for this.\n',
    part(
      'An epoch of an expert: opencl',
      '',
      'Ended with code 1:\n\n```text\n    at main (x.js:1:1)\nCapacityError: no room for 8 GB\n```',
    ),
    part('An iteration with DSA, and its memory: opencl', '\nAn iteration of 2 steps: ConvNet'),
  ].join('');
  const reasons = (report: string): readonly string[] =>
    aimsTable(report)
      .split('\n')
      .slice(2)
      .map((row) => row.split(' | ').at(-1)!.replace(' |', ''));
  assert.deepEqual(reasons(ends), [
    'not measured: stopped after 90 s',
    'not measured: there was no time left',
    'not measured: it failed: CapacityError: no room for 8 GB',
    'not measured: this run measured other networks',
    'not measured: this run measured other networks',
  ]);
  assert.equal(reasons('')[0], 'not measured: this run has no such part');
});
