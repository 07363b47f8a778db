/** GPUs under a real Slurm, which confines each job to its own by control groups where the system lets it. */
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {assertCode, rigOn, told} from '../../support/cluster/on-slurm.ts';
import {skipWithoutSlurm, SlurmRig} from '../../support/cluster/slurm-rig.ts';
import {Gate} from '../../support/program/gate.ts';
import {FakeGpus, looks, seenBy} from '../../support/rigs/fake-gpus.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const skip = skipWithoutSlurm;
const confines = SlurmRig.canConfine();
let slurm: SlurmRig;
before(async () => {
  if (skip === false) slurm = await SlurmRig.start([], {confines});
});
after(async () => await slurm?.[Symbol.asyncDispose]());

test(
  'four members with a GPU each on two nodes work at the same time, none on the GPU of another',
  {skip},
  async () => {
    const pool = {max: 4, cpus: 1, gpus: 1, type: 'fake', memory: '500M', takes: ['gpu', 'device']};
    await using rig = await rigOn(slurm, {pools: {gpu: pool}});
    await using gate = await Gate.open(rig.folder);
    await rig.write('p.yaml', looks(8, gate.path, '{gpu: 1}'));
    const viewer = rig.start(['run', 'p.yaml', '--on', 'hpc']);
    // All four are at work, so that none waits for the claim of another.
    const first = [
      await gate.arrival(),
      await gate.arrival(),
      await gate.arrival(),
      await gate.arrival(),
    ];
    const detail = await slurm.call('scontrol', 'show', 'job', '-d');
    const indices = [...detail.matchAll(/Nodes=(n\d) .*GRES=gpu:fake:1\(IDX:(\d)\)/g)];
    const places = indices.map(([, node, index]) => `${node}/${index}`).sort();
    // A job that is confined to its GPU sees it under this number.
    if (confines) assert.deepEqual(first.flatMap(seenBy), ['0', '0', '0', '0']);
    assert.deepEqual(places, ['n0/0', 'n0/1', 'n1/0', 'n1/1']);
    for (const stage of first) stage.let('go');
    for (let more = 0; more < 4; more++) (await gate.arrival()).let('go');
    assertCode(await viewer.finished, 0);
    const started = await told(rig, 'started');
    assert.equal(started.length, 8);
    assert.ok(started.every(({devices}) => devices.length === 1));
  },
);

test('members of a pool without GPUs see none on nodes that have some', {skip}, async () => {
  await using folder = await TemporaryFolder.create();
  // The members find this program, too, and would see all GPUs by it.
  const {environment} = await FakeGpus.create(folder.path);
  const pools = {cpu: {max: 1, cpus: 2, memory: '1G', takes: ['cpu', 'device']}};
  await using rig = await rigOn(slurm, {pools, environment});
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', looks(1, gate.path, '{device: 1}'));
  const viewer = rig.start(['run', 'p.yaml', '--on', 'hpc']);
  const stage = await gate.arrival();
  assert.deepEqual(seenBy(stage), []);
  stage.let('go');
  assertCode(await viewer.finished, 0);
  const devices = [...(await told(rig, 'member-joined')), ...(await told(rig, 'started'))];
  assert.ok(devices.flatMap((event) => event.devices).every((device) => /\/cpu:/.test(device)));
});
