import assert from 'node:assert/strict';
import {test} from 'node:test';
import {findAllocation, usableCores} from '../../../src/executors/local/allocation.ts';

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
