/**
 * Many tiny instances on four members under Slurm, and on one machine with as many slots: how often each was computed,
 * how often Slurm was asked, and how long both took.
 *
 *   npm run bench:cluster -- [INSTANCES] [SECONDS]      default: 1000 instances of 0.1 s
 *
 * Needs root, and: apt-get install slurm-wlm munge
 */
import assert from 'node:assert/strict';
import type {RunEvent} from '../../src/journal/event.ts';
import {countedCalls, history} from '../../test/support/cluster/on-slurm.ts';
import {asMachineOfItsOwn, SlurmRig} from '../../test/support/cluster/slurm-rig.ts';
import {Rig, type Finished} from '../../test/support/program/rig.ts';
import {TemporaryFolder} from '../../test/support/rigs/temporary-folder.ts';

const [instances, seconds] = [Number(process.argv[2] ?? 1000), Number(process.argv[3] ?? 0.1)];
const [members, slots] = [4, 2];

await using slurm = await SlurmRig.start();
await using folder = await TemporaryFolder.create();
const scripted = await countedCalls(folder.path);
await using rig = await Rig.create({...slurm.environment, ...scripted.environment});
await rig.write('clusters/hpc.yaml', JSON.stringify(profile()));
await rig.write('p.yaml', pipeline());

const together = await timed(['run', 'p.yaml', '--on', 'hpc']);
const events = await history(rig);
await rig.forget('records');
await rig.forget('cas');
const alone = await timed(['run', 'p.yaml', '--jobs', String(members * slots)]);
const ofMachine = await history(rig);
const calls = await scripted.calls();
report();

function profile(): unknown {
  // Two of them fit on each of the two nodes.
  const pool = {max: members, cpus: slots, memory: '1G', takes: 'cpu'};
  return {kind: 'slurm', container: asMachineOfItsOwn, pools: {cpu: pool}};
}

function pipeline(): string {
  return `
stages:
  tiny:
    matrix: {n: {count: ${instances}}}
    run: [sh, -c, 'sleep ${seconds}; echo "$1" > \${outputs.out}', sh, "\${matrix.n}"]
    outputs: {out: text}
`;
}

async function timed(words: readonly string[]): Promise<number> {
  const startMs = performance.now();
  const {code, stdout, stderr}: Finished = await rig.start(words).finished;
  assert.equal(code, 0, (stdout + stderr).slice(-2000));
  return performance.now() - startMs;
}

function report(): void {
  const joined = count(events, 'member-joined');
  const twice = count(events, 'started') - instances;
  print(`${joined} members of ${slots} slots, ${instances} instances of ${seconds} s`);
  print(`${count(events, 'finished')} results, ${twice} attempts more than instances`);
  print(`  (${((100 * twice) / instances).toFixed(1)} %; the aim is at most 2 %)`);
  print(`${count(ofMachine, 'started')} attempts on one machine with ${members * slots} slots`);
  const names = calls.map(([name]) => name!);
  const counts = [...new Set(names)].map(
    (name) => `${names.filter((other) => other === name).length} ${name}`,
  );
  print(`calls of Slurm's commands in ${(together / 60_000).toFixed(1)} min: ${counts.join(', ')}`);
  const ratio = (together / alone).toFixed(2);
  print(
    `${(together / 1000).toFixed(1)} s on the cluster, ${(alone / 1000).toFixed(1)} s on one machine: ${ratio} times`,
  );
}

function count(told: readonly RunEvent[], kind: RunEvent['kind']): number {
  return told.filter((event) => event.kind === kind).length;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
