/**
 * A run that needs three lives of an allocation of two minutes under Slurm, each of which stops a minute before its end.
 *
 *   npm run build && node dist/bench/cluster/time-limit.js      takes four minutes
 *
 * Needs root, and: apt-get install slurm-wlm munge
 */
import assert from 'node:assert/strict';
import {assertCode, printed, results, rigOn, told} from '../../test/support/cluster/on-slurm.ts';
import {SlurmRig} from '../../test/support/cluster/slurm-rig.ts';
import {Gate} from '../../test/support/program/gate.ts';

await using slurm = await SlurmRig.start();
const pool = {max: 1, cpus: 2, memory: '1G', time: '2m', takes: 'cpu'};
// The script of the allocation says which life it is.
const setup = 'export PIPELINE_STOP_BEFORE_MS=60000; echo "life ${SLURM_RESTART_COUNT:-0}"\n';
await using rig = await rigOn(slurm, {pools: {cpu: pool}, profile: {setup}});
await using gate = await Gate.open(rig.folder);
const churn = `{text: "\${matrix.of}", steps: 9, stopAt: 2, gate: "${gate.path}"}`;
await rig.write(
  'p.yaml',
  `stages: {long: {uses: churn, matrix: {of: [a, b]}, with: ${churn}, resources: {cpus: 2}}}\n`,
);
const viewer = rig.start(['run', 'p.yaml', '--on', 'hpc']);
for (let life = 1; life <= 2; life++) {
  const stage = await gate.arrival();
  const isLeaving = async (): Promise<boolean> =>
    (await printed(rig)).split('Leaving (time)').length > life;
  await slurm.until(isLeaving);
  stage.let('go');
}
assertCode(await viewer.finished, 0);
const made = await results(rig);
const lives = [...(await printed(rig)).matchAll(/^life \d/gm)].map(([life]) => life);
print(`allocations: ${lives.join(', ')}`);
print(`members left: ${(await told(rig, 'member-left')).map(({why}) => why).join(', ')}`);
print(`submissions: ${(await told(rig, 'submitted')).length}`);
print(`continued from a checkpoint: ${(await told(rig, 'resumed')).length}`);

await rig.forget('records');
await rig.forget('cas');
const straight = rig.start(['run', 'p.yaml', '--jobs', '2']);
for (let stage = 0; stage < 2; stage++) (await gate.arrival()).let('go');
assertCode(await straight.finished, 0);
assert.deepEqual(await results(rig), made);
print('the bytes are those of a run without an interruption');

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
