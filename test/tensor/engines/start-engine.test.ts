import assert from 'node:assert/strict';
import {mkdtempSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {test} from 'node:test';
import {startEngine} from '../../../src/tensor/engines/start-engine.ts';
import {unlessUnavailable} from '../../support/engines/gpu/software-gpu.ts';

// What this machine has been measured to do must not matter here.
process.env['XDG_CACHE_HOME'] = mkdtempSync(path.join(tmpdir(), 'engines-'));

const request = {numerics: 'any', threads: 1} as const;

test('without a GPU, auto is our own kernels for CPUs, and tries nothing else', async () => {
  const {name, why} = await startEngine({...request, name: 'auto', gpu: false});
  assert.equal(name, 'wasm');
  assert.deepEqual(why, ['engine wasm: the fastest on a CPU']);
});

test('auto passes over engines for GPUs that do not work here, each with its reason', async (t) => {
  const {name, why} = await startEngine({...request, name: 'auto', gpu: true});
  if (why.some((line) => / ms for a step/.test(line))) {
    t.skip('there is a GPU');
    return;
  }
  assert.equal(name, 'wasm');
  assert.equal(why[0], 'engine wasm: the fastest on a CPU');
  assert.match(why[1]!, /^engine webgpu: .*(no GPU|not installed|Vulkan)/);
  assert.match(why[2]!, /^engine opencl: .*(no GPU|koffi)/);
  assert.match(why[3]!, /^engine tfjs: .*not installed/);
});

test('an engine for GPUs that is asked for starts in software if it may, with its tile', async (t) => {
  for (const [name, tile, through] of [
    ['webgpu', 4, 'WebGPU'],
    ['webgpu-precise', 2, 'WebGPU'],
    ['opencl', 4, 'OpenCL'],
    ['opencl-precise', 2, 'OpenCL'],
  ] as const) {
    const started = await unlessUnavailable(() =>
      startEngine({...request, name, gpu: false, software: true}),
    );
    if (typeof started === 'string') {
      t.skip(started);
      return;
    }
    assert.equal(started.name, name);
    assert.equal(started.engine.name, name);
    assert.deepEqual(started.options, {tile});
    assert.match(started.engine.description, new RegExp(`${through}.*F\\(${tile}, 3\\)`));
    assert.equal(started.why[0], `engine ${name}: as asked`);
  }
});

test('without a GPU, engines for GPUs that are asked for are refused', async (t) => {
  if (process.platform !== 'linux') {
    t.skip('the runner finds no GPUs here');
    return;
  }
  for (const name of ['webgpu', 'opencl']) {
    await assert.rejects(startEngine({...request, name, gpu: false}), /No GPU is held/);
  }
});

test('there is no engine of another name', async () => {
  await assert.rejects(startEngine({...request, name: 'cuda', gpu: true}), RangeError);
});
