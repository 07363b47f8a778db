import assert from 'node:assert/strict';
import {test} from 'node:test';
import {sbatchWords, withoutSlurm} from '../../../src/cluster/engines/slurm-words.ts';
import {poolOf, submissionOf} from '../../support/cluster/small-cluster.ts';

test('Members of a pool are an array of jobs of its shape', () => {
  const pool = poolOf({
    gpus: 2,
    type: 'a100',
    cpus: 8,
    memoryBytes: 32 * 2 ** 30,
    timeMs: 4 * 3_600_000,
    partition: ['gpu', 'gpu-short'],
    account: 'proj',
    constraint: 'a100|h100',
    extra: ['--qos=normal'],
  });
  const submission = submissionOf({pool, members: 3, variables: ['TOKEN', 'SEED']});
  assert.deepEqual(sbatchWords(submission, 'a-mark'), [
    'sbatch',
    '--parsable',
    '--job-name=distillery-20260102-030405.678-abcdef',
    '--comment=a-mark',
    '--array=0-2',
    '--nodes=1',
    '--ntasks=1',
    '--gpus-per-node=a100:2',
    '--cpus-per-task=8',
    '--mem=32768M',
    '--time=4:00:00',
    '--partition=gpu,gpu-short',
    '--account=proj',
    '--constraint=a100|h100',
    '--requeue',
    '--open-mode=append',
    '--output=/scratch/store/out/%A_%a.txt',
    '--export=TOKEN,SEED',
    '--qos=normal',
    '/scratch/store/member-gpu.sh',
  ]);
});

test('A pool that says nothing leaves its shape to Slurm, and passes no variable on', () => {
  const words = sbatchWords(submissionOf({logs: '/scratch/100%'}), 'a-mark');
  assert.deepEqual(words.slice(4), [
    '--array=0-0',
    '--nodes=1',
    '--ntasks=1',
    '--requeue',
    '--open-mode=append',
    '--output=/scratch/100%%/%A_%a.txt',
    '--export=NIL',
    '/scratch/store/member-gpu.sh',
  ]);
});

test('Sizes and times are rounded up', () => {
  const pool = poolOf({memoryBytes: 2 ** 20 + 1, timeMs: 90_000_500});
  const words = sbatchWords(submissionOf({pool}), 'a-mark');
  assert.deepEqual(words.slice(7, 9), ['--mem=2M', '--time=25:00:01']);
});

test('An array has at most as many members as Slurm allows by default', () => {
  const words = sbatchWords(submissionOf({members: 5000}), 'a-mark');
  assert.ok(words.includes('--array=0-1000'));
});

test('Slurm’s commands get no variable that describes an allocation or changes what they do', () => {
  const kept = {PATH: '/bin', HOME: '/home/me', SLURM_CONF: '/etc/slurm.conf', SLURM_JWT: 'token'};
  const dropped = {
    SLURM_JOB_ID: '7',
    SLURM_CPU_BIND: 'mask_cpu:0x1',
    SBATCH_PARTITION: 'debug',
    SQUEUE_FORMAT: '%i',
    SCANCEL_STATE: 'PENDING',
    PMIX_RANK: '0',
    PMI_SIZE: '4',
    SPANK_X: '1',
  };
  assert.deepEqual(withoutSlurm({...kept, ...dropped}), kept);
});
