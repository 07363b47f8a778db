/** What a doctor says about what was seen, right or wrong. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {judgeMember} from '../../../../src/cli/cluster/doctor/judge-member.ts';
import {judgeSight} from '../../../../src/cli/cluster/doctor/judge-sight.ts';
import {judgeJob, judgeSlurm} from '../../../../src/cli/cluster/doctor/judge-slurm.ts';
import {judgeStore} from '../../../../src/cli/cluster/doctor/judge-store.ts';
import type {Observation} from '../../../../src/cli/cluster/doctor/observation.ts';
import type {ProbeStart} from '../../../../src/cluster/probe/probe-files.ts';
import {storeNeeds} from '../../../../src/store/examine-folder.ts';
import {poolOf} from '../../../support/cluster/small-cluster.ts';

const expected = {nonce: 'n', program: '1.2.0', leastNode: '20.19'};

function startOf(given: Partial<ProbeStart>): ProbeStart {
  const versions = {nonce: 'n', program: '1.2.0', node: 'v20.19.0'};
  const shape = {cores: 8, memoryBytes: 8 * 2 ** 30, gpus: 0, whyGpus: []};
  return {...versions, ...shape, member: '0123456789abcdef', host: 'node17', ...given};
}

function wrongs(observations: readonly Observation[]): readonly string[] {
  return observations.flatMap(({kind, text}) => (kind === 'wrong' ? [text] : []));
}

/** What is wrong with a member that differs in some parts. */
function ofMember(given: Partial<ProbeStart>, pool = poolOf()): readonly string[] {
  return wrongs(judgeMember(pool, startOf(given), expected));
}

test('a member as the profile says has nothing wrong', () => {
  const pool = poolOf({cpus: 8, memoryBytes: 8.5 * 2 ** 30, gpus: 2});
  assert.deepEqual(ofMember({gpus: 2}, pool), []);
  assert.deepEqual(ofMember({gpus: 4}, pool), []);
});

test('another store, program or Node.js of a member is wrong, and said what to do', () => {
  assert.match(ofMember({nonce: 'm'})[0]!, /another folder on node17: .*`store:`/);
  assert.match(
    ofMember({program: '1.1.0'})[0]!,
    /version 1\.1\.0 of this program, and this is 1\.2\.0/,
  );
  for (const node of ['v18.20.0', 'v20.18.3', 'v8.0.0']) {
    assert.match(ofMember({node})[0]!, /needs 20\.19 or newer.*`node:`.*`setup:`/, node);
  }
  for (const node of ['v20.19.0', 'v20.20.2', 'v21.0.0', 'v100.1.0']) {
    assert.deepEqual(ofMember({node}), [], node);
  }
});

test('fewer CPUs, GPUs or less memory than in the profile are wrong', () => {
  assert.match(ofMember({}, poolOf({cpus: 9}))[0]!, /8 CPUs on node17, and the profile says 9/);
  assert.match(ofMember({}, poolOf({memoryBytes: 2 ** 34}))[0]!, /8\.0 GiB of memory .*16\.0 GiB/);
  const lacking = ofMember({gpus: 1, whyGpus: ['It is so.']}, poolOf({gpus: 2}));
  assert.match(lacking[0]!, /sees 1 GPU on node17, and the profile says 2: .* It is so\. /);
});

test('each need that a file system does not meet has words of its own', () => {
  const unmet = storeNeeds.map((need) => ({need, why: `E-${need}`}));
  const texts = wrongs(judgeStore(unmet, 'there'));
  assert.equal(new Set(texts.map((text) => text.replaceAll(/E-\w+/g, ''))).size, storeNeeds.length);
  for (const [at, need] of storeNeeds.entries()) assert.ok(texts[at]!.includes(`(E-${need})`));
  assert.deepEqual(wrongs(judgeStore([], 'there')), []);
});

test('a side that sees no answer or no heartbeat is wrong, whichever it is', () => {
  const well = {answers: 3, answerMs: 200, beats: 40, silenceMs: 1500};
  const judged = (here: object, there: object): readonly Observation[] =>
    judgeSight(
      {here: {...well, ...here}, there: {...well, ...there}, watchMs: 45_000, beatMs: 1000},
      'gpu',
    );
  assert.deepEqual(
    judged({answerMs: 900}, {silenceMs: 2000}).map(({kind, text}) => [
      kind,
      /\d.*$/.exec(text)![0],
    ]),
    [
      ['right', '6 was seen and answered within 900 ms.'],
      ['right', '1.0 s late.'],
    ],
  );
  for (const [here, there] of [
    [{answers: 0}, {}],
    [{}, {answers: 0}],
  ] as const) {
    assert.match(wrongs(judged(here, there))[0]!, /within 45 s: .*lookupcache/);
  }
  for (const [here, there] of [
    [{beats: 0}, {}],
    [{}, {beats: 0}],
  ] as const) {
    assert.match(wrongs(judged(here, there))[0]!, /heartbeat change within 45 s: .*acregmax/);
  }
});

test('what Slurm says of itself and of a job is judged', () => {
  const config = (requeue: number, size: number): string =>
    `JobRequeue              = ${requeue}\nKillWait                = 30 sec\nMaxArraySize            = ${size}\n`;
  const kinds = (text: string, max: number): string =>
    judgeSlurm(text, [poolOf({max})])
      .map(({kind}) => kind)
      .join(' ');
  assert.equal(kinds(config(1, 1001), 1001), 'right right note');
  assert.equal(kinds(config(0, 100), 101), 'note note note');
  assert.equal(kinds('', 4), 'note');
  assert.deepEqual(wrongs(judgeJob('JobId=12 Requeue=1 Restarts=0')), []);
  assert.match(wrongs(judgeJob('JobId=12 Requeue=0 Restarts=0'))[0]!, /would not requeue/);
  assert.deepEqual(judgeJob('slurm_load_jobs error'), []);
});
