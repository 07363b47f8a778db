/**
 * A run whose members work while Slurm's controller is dead for two minutes, and are lost at the end of these.
 *
 *   npm run build && node dist/bench/cluster/dead-controller.js      takes three minutes
 *
 * Needs root, and: apt-get install slurm-wlm munge
 */
import {setTimeout} from 'node:timers/promises';
import {
  assertCode,
  countedCalls,
  processesOf,
  rigOn,
  told,
} from '../../test/support/cluster/on-slurm.ts';
import {SlurmRig} from '../../test/support/cluster/slurm-rig.ts';
import {Gate} from '../../test/support/program/gate.ts';
import {TemporaryFolder} from '../../test/support/rigs/temporary-folder.ts';

await using slurm = await SlurmRig.start();
await using folder = await TemporaryFolder.create();
const scripted = await countedCalls(folder.path);
await using rig = await rigOn(slurm, {
  environment: {...scripted.environment, PIPELINE_ASK_MS: '10000'},
});
await using gate = await Gate.open(rig.folder);
const word = `{text: "\${matrix.of}", gate: "${gate.path}"}`;
await rig.write(
  'p.yaml',
  `stages: {word: {uses: say, matrix: {of: [a, b, c]}, with: ${word}, resources: {cpus: 2}}}\n`,
);
const viewer = rig.start(['run', 'p.yaml', '--on', 'hpc']);
const first = await gate.arrival();
await gate.arrival();
const before = (await scripted.calls('squeue')).length;
// The controller writes its state down every few seconds, and would start from an older one.
await setTimeout(15_000);
await slurm.kill('slurmctld');
await setTimeout(60_000);
first.let('go');
await gate.arrival();
const during = (await scripted.calls('squeue')).length - before;
print(`a member goes on with the next instance; ${during} questions to Slurm while members work`);
for (const pid of await processesOf(rig, 'node')) process.kill(pid, 'SIGKILL');
await viewer.line('Slurm does not answer');
print('the members are killed: the viewer says that Slurm does not answer');
await setTimeout(60_000);
await slurm.startController();
await viewer.line('Slurm answers again');
for (let stage = 0; stage < 2; stage++) (await gate.arrival()).let('go');
const ended = await viewer.finished;
assertCode(ended, 0);
const times = ended.stderr.match(/does not answer/g)?.length;
print(
  `said ${times} time; ${(await told(rig, 'submitted')).length} submissions, ${(await told(rig, 'finished')).length} results`,
);

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
