import assert from 'node:assert/strict';
import {unlink, writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {poolFolder, type Probe} from '../../../src/cluster/probe/probe-files.ts';
import {OtherSide, type Side} from '../../../src/cluster/probe/watch-other.ts';
import {makeFolder} from '../../../src/store/durable.ts';
import {memberPath, memberRoot} from '../../../src/store/layout.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

/** A probe, with the two sides that watch each other by a clock of the test's. */
async function sidesIn(folder: TemporaryFolder) {
  const probe: Probe = {store: {root: folder.path}, name: '0123456789abcdef'};
  await makeFolder(poolFolder(probe, 'cpu'));
  await makeFolder(memberRoot(probe.store));
  const clock = {ms: 0};
  const side = (own: Side, other: Side): OtherSide =>
    new OtherSide({probe, pool: 'cpu', side: own, other, everyMs: 1000}, () => clock.ms);
  const beat = async (of: Side, text: string): Promise<void> =>
    await writeFile(memberPath(probe.store, of), text);
  return {clock, probe, beat, doctor: side('doctor', 'member'), member: side('member', 'doctor')};
}

test('each side counts the answers to its new files, and the longest time until one came', async () => {
  await using folder = await TemporaryFolder.create();
  const {clock, doctor, member} = await sidesIn(folder);
  await doctor.look();
  clock.ms = 400;
  await member.look();
  clock.ms = 700;
  await doctor.look();
  assert.deepEqual(pick(doctor), {answers: 1, answerMs: 700});
  // The answer to the member's file is there since then; the next look sees it.
  clock.ms = 900;
  await member.look();
  assert.deepEqual(pick(member), {answers: 1, answerMs: 500});
  clock.ms = 1000;
  await doctor.look();
  await member.look();
  await doctor.look();
  assert.deepEqual(pick(doctor), {answers: 2, answerMs: 700});
});

test('a file without an answer counts with the time that has passed', async () => {
  await using folder = await TemporaryFolder.create();
  const {clock, doctor} = await sidesIn(folder);
  await doctor.look();
  clock.ms = 30_000;
  await doctor.look();
  assert.deepEqual(pick(doctor), {answers: 0, answerMs: 30_000});
});

test('heartbeats count as they change, also after the file was away', async () => {
  await using folder = await TemporaryFolder.create();
  const {clock, doctor, beat, probe} = await sidesIn(folder);
  const seen = async (ms: number): Promise<readonly number[]> => {
    clock.ms = ms;
    await doctor.look();
    return [doctor.sight.beats, doctor.sight.silenceMs];
  };
  assert.deepEqual(await seen(100), [0, 100]);
  await beat('member', '1');
  assert.deepEqual(await seen(200), [0, 0]);
  assert.deepEqual(await seen(900), [0, 700]);
  await beat('member', '2');
  assert.deepEqual(await seen(1000), [1, 800]);
  await unlink(memberPath(probe.store, 'member'));
  assert.deepEqual(await seen(1100), [1, 800]);
  await beat('member', '3');
  assert.deepEqual(await seen(1300), [2, 800]);
});

function pick({sight: {answers, answerMs}}: OtherSide): object {
  return {answers, answerMs};
}
