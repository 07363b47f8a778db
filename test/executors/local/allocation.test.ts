import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  findAllocation,
  usableCores,
  usableMemory,
} from '../../../src/executors/local/allocation.ts';

test('a process outside of Slurm has no allocation and may use all cores', () => {
  assert.equal(findAllocation({}), undefined);
  assert.equal(findAllocation({SLURM_JOB_ID: ''}), undefined);
  assert.equal(usableCores(8, {SLURM_CPUS_PER_TASK: '2'}), 8);
});

test('a job uses the CPUs that Slurm gave it, and never more than there are', () => {
  const job = {SLURM_JOB_ID: '7', SLURM_CLUSTER_NAME: 'hpc'};
  assert.deepEqual(findAllocation(job), {job: '7', name: 'slurm:hpc/7'});
  assert.equal(usableCores(8, job), 8);
  assert.equal(usableCores(8, {...job, SLURM_CPUS_ON_NODE: '4'}), 4);
  assert.equal(usableCores(8, {...job, SLURM_CPUS_ON_NODE: '4', SLURM_CPUS_PER_TASK: '2'}), 2);
  assert.equal(usableCores(8, {...job, SLURM_CPUS_PER_TASK: '64'}), 8);
  assert.equal(usableCores(8, {...job, SLURM_CPUS_PER_TASK: 'x'}), 8);
});

test('a job uses the memory that Slurm gave it, which is told for the node or for each CPU', () => {
  const [gib, job] = [2 ** 30, {SLURM_JOB_ID: '7'}];
  assert.equal(usableMemory(64 * gib, {SLURM_MEM_PER_NODE: '1024'}), 64 * gib);
  assert.equal(usableMemory(64 * gib, job), 64 * gib);
  assert.equal(usableMemory(64 * gib, {...job, SLURM_MEM_PER_NODE: '2048'}), 2 * gib);
  const perCpu = {...job, SLURM_MEM_PER_CPU: '512'};
  assert.equal(usableMemory(64 * gib, {...perCpu, SLURM_CPUS_PER_TASK: '8'}), 4 * gib);
  assert.equal(usableMemory(64 * gib, perCpu), 64 * gib);
  // `--mem=0` gives all that the node has.
  assert.equal(usableMemory(64 * gib, {...job, SLURM_MEM_PER_NODE: '0'}), 64 * gib);
  assert.equal(usableMemory(gib, {...job, SLURM_MEM_PER_NODE: '2048'}), gib);
});
