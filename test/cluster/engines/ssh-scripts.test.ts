import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {test} from 'node:test';
import {readMembers, startScript} from '../../../src/cluster/engines/ssh-scripts.ts';
import {run, submissionOf} from '../../support/cluster/small-cluster.ts';

test('A host that cannot start a member in a session of its own says so', () => {
  // Any file that may be run.
  const submission = submissionOf({script: '/bin/sh'});
  const input = startScript(submission, run, [{host: 'a', job: 'a/gpu/0'}], {});
  const {status, stderr} = spawnSync('/bin/sh', ['-s'], {
    input,
    env: {PATH: '/nowhere'},
    encoding: 'utf8',
  });
  assert.deepEqual({status, stderr}, {status: 1, stderr: 'There is no setsid.\n'});
});

test('Members are lines of a number and a mark of the run; what a host prints besides is ignored', () => {
  const lines = [
    'Welcome to a',
    `12 distillery-${run}/a/gpu/0`,
    `13 distillery-${run}0/a/gpu/1`,
    `distillery-${run}/a/gpu/2`,
    `14 distillery-${run}/a/gpu/3 more`,
    `15 distillery-${run}/me@a/cpu/0`,
  ];
  assert.deepEqual(readMembers(lines.join('\n'), run), ['a/gpu/0', 'me@a/cpu/0']);
});
