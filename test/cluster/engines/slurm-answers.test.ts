import assert from 'node:assert/strict';
import {test} from 'node:test';
import {readQueue, startOf, verdictOf} from '../../../src/cluster/engines/slurm-answers.ts';

const ended = (code: number, stdout: string, stderr = '') =>
  ({kind: 'ended', code, stdout, stderr}) as const;

test('The job is the line that is a number, with or without a cluster', () => {
  assert.deepEqual(verdictOf(ended(0, '123\n')), {kind: 'submitted', job: '123'});
  assert.deepEqual(verdictOf(ended(0, '123;alps')), {kind: 'submitted', job: '123'});
  const banner = 'Welcome to Alps 2026!\nYou have 40 node hours left.\n\n123\nSee you';
  assert.deepEqual(verdictOf(ended(0, banner)), {kind: 'submitted', job: '123'});
});

test('An answer without a job, or with two, is lost', () => {
  for (const text of ['', 'Submitted batch job 123', '12\n13', ' 12', '12 ', '-1', '0x1f', '12;']) {
    assert.deepEqual(verdictOf(ended(0, text)), {kind: 'lost'}, JSON.stringify(text));
  }
});

const failed = 'sbatch: error: Batch job submission failed: ';
const ofPolicy = `${failed}Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)`;

/** What `sbatch` 24.11 prints, by what it means. */
const answers = {
  limited: [
    `sbatch: error: AssocMaxSubmitJobLimit\n${ofPolicy}`,
    `sbatch: error: QOSMaxSubmitJobPerUserLimit\n${ofPolicy}`,
    `sbatch: error: AssocGrpSubmitJobsLimit\n${ofPolicy}`,
    ofPolicy,
    `${failed}Invalid job array specification`,
    `${failed}Slurm temporarily unable to accept job, sleeping and retrying`,
    `${failed}Resource temporarily unavailable`,
    'sbatch: error: RPC rate limit exceeded by uid 1000 with REQUEST_SUBMIT_BATCH_JOB',
  ],
  refused: [
    `sbatch: error: AssocGrpCPUMinutesLimit\n${ofPolicy}`,
    `sbatch: error: QOSMaxWallDurationPerJobLimit\n${ofPolicy}`,
    `${failed}Invalid partition name specified`,
    `${failed}Requested node configuration is not available`,
    `${failed}Unable to contact slurm controller (connect failure)`,
    "sbatch: unrecognized option '--nonsense'",
    'sbatch: error: Invalid --time specification',
    'allocation failure: Requested node configuration is not available',
  ],
  lost: [
    `${failed}Socket timed out on send/recv operation`,
    `${failed}Unable to contact slurm controller (receive failure)`,
    `${failed}Zero Bytes were transmitted or received`,
    `${failed}Unexpected message received`,
    'something that a plugin prints',
    '',
  ],
};

for (const [kind, texts] of Object.entries(answers)) {
  test(`Answers that mean ${kind}`, () => {
    for (const text of texts) assert.deepEqual(verdictOf(ended(1, '', text)), {kind}, text);
  });
}

test('A command that was killed may have submitted, and one that was not started has not', () => {
  assert.deepEqual(verdictOf({kind: 'late', limitMs: 1}), {kind: 'lost'});
  assert.deepEqual(verdictOf({kind: 'unstarted', why: 'ENOENT'}), {kind: 'refused'});
});

test('The queue tells what waits and why, what runs, and what has ended; other lines are ignored', () => {
  const lines = [
    'Maintenance on Monday | read the news',
    '12_0|RUNNING|None|m',
    '12_1|PENDING|Resources|m',
    '12_2|PENDING|None|m',
    '12_3|COMPLETING|None|m',
    '12_4|REQUEUE_HOLD|JobHeldUser|m',
    '12_5|CANCELLED|None|m',
    '13|NODE_FAIL|NodeDown|with|bars',
    '|RUNNING|None|m',
  ];
  assert.deepEqual(
    readQueue(lines.join('\n')).map(({job, state, word, mark}) => [job, state, word, mark]),
    [
      ['12_0', 'running', 'RUNNING', 'm'],
      ['12_1', 'waiting', 'Resources', 'm'],
      ['12_2', 'waiting', 'PENDING', 'm'],
      ['12_3', 'running', 'COMPLETING', 'm'],
      ['12_4', 'waiting', 'JobHeldUser', 'm'],
      ['12_5', 'ended', 'CANCELLED', 'm'],
      ['13', 'ended', 'NODE_FAIL', 'with|bars'],
    ],
  );
});

test('The start that Slurm foresees is a sentence', () => {
  const stderr =
    'sbatch: Job 1 to start at 2026-11-29T01:44:42 using 1 processors on nodes n[0-1] in partition low';
  assert.equal(
    startOf({stderr}),
    'Slurm could start the first member at 2026-11-29 01:44, on n[0-1].',
  );
  assert.equal(startOf({stderr: 'sbatch: nothing'}), undefined);
});
