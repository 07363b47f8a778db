import assert from 'node:assert/strict';
import {test} from 'node:test';
import {devicesOf, type Gpus} from '../../../src/executors/local/devices.ts';
import type {Gpu} from '../../../src/executors/local/gpu.ts';
import {LocalExecutor} from '../../../src/executors/local/local-executor.ts';
import type {ProcessSetup} from '../../../src/executors/local/spawn-worker.ts';
import {softwareGpus} from '../../../src/executors/local/software-gpus.ts';
import type {JobSetup} from '../../../src/schedule/executor.ts';

/** What a worker on GPUs is told of them, and the environment that it gets. */
function workerOn(...gpus: readonly Gpu[]) {
  return workerAmong({}, ...gpus);
}

async function workerAmong(others: Pick<Gpus, 'areSeveral'>, ...gpus: readonly Gpu[]) {
  const setups: ProcessSetup[] = [];
  const executor = new LocalExecutor({
    devices: devicesOf({
      cores: 1,
      findGpus: () => Promise.resolve({gpus, source: 'sysfs', why: [], isOdd: false, ...others}),
    }),
    pid: process.pid,
    workerModule: 'file:///worker.js',
    workerEnvironment: {},
    countOomKills: () => 0,
    spawnWorker: (setup) => {
      setups.push(setup);
      return Promise.resolve({
        outcome: new Promise<never>(() => undefined),
        stop: () => undefined,
        kill: () => undefined,
      });
    },
  });
  await executor.findGpus();
  const acquired = executor.acquire({kind: 'gpu', amount: gpus.length});
  assert.equal(acquired.kind, 'granted');
  const {grant} = acquired;
  const job = {attempt: 'a'} as JobSetup['job'];
  await grant.start({job, logFile: '/dev/null', onMessage: () => undefined});
  const {gpuAddress: address, gpuAddresses: addresses, isOnlyGpu, isSoftware} = grant;
  return {address, addresses, isOnlyGpu, isSoftware, environment: setups[0]!.environment};
}

test('a worker on a card of AMD is told its address, and sees no card of NVIDIA', async () => {
  const token = '0000:c1:00.0';
  const {address, environment} = await workerOn({token, identity: token, pciAddress: token});
  assert.equal(address, token);
  assert.equal(environment['CUDA_VISIBLE_DEVICES'], '');
});

test('a worker on a card of NVIDIA sees it alone, and is told its address', async () => {
  const pciAddress = '0000:3b:00.0';
  const {address, environment} = await workerOn({token: '2', identity: 'GPU-aa', pciAddress});
  assert.equal(address, pciAddress);
  assert.equal(environment['CUDA_VISIBLE_DEVICES'], '2');
  const part = await workerOn({token: 'MIG-1', identity: 'MIG-1'});
  assert.equal(part.address, undefined);
  assert.equal(part.environment['CUDA_VISIBLE_DEVICES'], 'MIG-1');
});

test('a worker on several cards is told all their addresses, or none beside the first', async () => {
  const [one, two] = ['0000:3b:00.0', '0000:4c:00.0'].map((pciAddress, i) => ({
    token: `${i}`,
    identity: `GPU-${i}`,
    pciAddress,
  }));
  const both = await workerOn(one!, two!);
  assert.equal(both.address, one!.pciAddress);
  assert.deepEqual(both.addresses, [one!.pciAddress, two!.pciAddress]);
  assert.equal(both.environment['CUDA_VISIBLE_DEVICES'], '0,1');
  assert.equal((await workerOn(one!)).addresses, undefined);
  const {pciAddress: _, ...unknown} = two!;
  assert.equal((await workerOn(one!, unknown)).addresses, undefined);
});

test('a worker is told whether the machine has other GPUs than its own', async () => {
  const gpu = {token: '0', identity: 'GPU-0', pciAddress: '0000:3b:00.0'};
  assert.equal((await workerOn(gpu)).isOnlyGpu, true);
  assert.equal((await workerAmong({areSeveral: true}, gpu)).isOnlyGpu, false);
});

test('a worker on devices in software is told so, and sees no card of NVIDIA', async () => {
  const {gpus} = softwareGpus(['software:0', 'software:1']);
  const {addresses, isSoftware, environment} = await workerOn(...gpus);
  assert.deepEqual(addresses, ['software:0', 'software:1']);
  assert.equal(isSoftware, true);
  assert.equal(environment['CUDA_VISIBLE_DEVICES'], '');
  const card = {token: '0', identity: 'GPU-0', pciAddress: '0000:3b:00.0'};
  assert.equal((await workerOn(card)).isSoftware, undefined);
});
