import type {Pool} from '../../../cluster/cluster.ts';
import type {ProbeStart} from '../../../cluster/probe/probe-files.ts';
import {note, right, wrong, type Observation} from './observation.ts';

/** The properties in which members have to agree with the machine that submits. */
export interface Expected {
  readonly nonce: string;
  /** The version of this program. */
  readonly program: string;
  /** The lowest version of Node.js that it runs on, such as `20.19`. */
  readonly leastNode: string;
}

/** Judges what a member says of itself. */
export function judgeMember(
  pool: Pool,
  start: ProbeStart,
  expected: Expected,
): readonly Observation[] {
  return [
    start.nonce === expected.nonce
      ? right(`The store is the same folder on ${start.host}.`)
      : wrong(
          `The store is another folder on ${start.host}: give the path of one that all machines share, by \`store:\` in the profile.`,
        ),
    judgeProgram(start, expected),
    judgeNode(start, expected),
    judgeCores(pool, start),
    judgeMemory(pool, start),
    judgeGpus(pool, start),
  ].flat();
}

function judgeProgram({program, host}: ProbeStart, expected: Expected): Observation {
  if (program === expected.program) return right(`${host} has the same version of this program.`);
  return wrong(
    `${host} has version ${program} of this program, and this is ${expected.program}: members would refuse the run. Install the same one in a folder that all machines share.`,
  );
}

function judgeNode({node, host}: ProbeStart, {leastNode}: Expected): Observation {
  if (isAtLeast(node, leastNode)) return right(`${host} has Node.js ${node}.`);
  return wrong(
    `${host} has Node.js ${node}, and this program needs ${leastNode} or newer. Name another one by \`node:\` in the profile, or load it in \`setup:\`.`,
  );
}

/** Whether a version such as `v20.20.0` is not lower than one such as `20.19`. */
function isAtLeast(version: string, least: string): boolean {
  const numbers = (text: string): readonly number[] =>
    text.replace(/^v/, '').split('.').map(Number);
  const has = numbers(version);
  for (const [index, number] of numbers(least).entries()) {
    if (has[index] !== number) return (has[index] ?? 0) > number;
  }
  return true;
}

function judgeCores({name, cpus}: Pool, {cores, host}: ProbeStart): Observation {
  const sees = `A member of ${name} can use ${cores} ${cores === 1 ? 'CPU' : 'CPUs'} on ${host}`;
  if (cpus === undefined) return note(`${sees}; the profile does not say how many.`);
  if (cores >= cpus) return right(`${sees}; the profile says ${cpus}.`);
  return wrong(
    `${sees}, and the profile says ${cpus}: fewer instances run at a time than are planned. Make the cluster give what the profile says, or correct \`cpus:\`.`,
  );
}

/** Firmware and kernel keep a part of a machine's memory. */
const usableMemory = 0.9;

function judgeMemory({name, memoryBytes}: Pool, start: ProbeStart): Observation {
  const sees = `A member of ${name} can use ${gibibytes(start.memoryBytes)} of memory on ${start.host}`;
  if (memoryBytes === undefined) return note(`${sees}; the profile does not say how much.`);
  const says = `the profile says ${gibibytes(memoryBytes)}`;
  if (start.memoryBytes >= usableMemory * memoryBytes) return right(`${sees}; ${says}.`);
  return wrong(
    `${sees}, and ${says}: the system may end its instances. Make the cluster give what the profile says, or correct \`memory:\`.`,
  );
}

function judgeGpus(
  {name, gpus}: Pool,
  {host, whyGpus, ...seen}: ProbeStart,
): readonly Observation[] {
  if (gpus === 0 && seen.gpus === 0) return [];
  const sees = `A member of ${name} sees ${gpusText(seen.gpus)} on ${host}`;
  const why = whyGpus.map((sentence) => ` ${sentence}`).join('');
  if (seen.gpus === gpus) return [right(`${sees}, as the profile says.`)];
  if (seen.gpus > gpus) return [note(`${sees}, more than the ${gpus} of the profile.${why}`)];
  return [
    wrong(
      `${sees}, and the profile says ${gpus}: instances that ask for more would not start.${why} Make the cluster give what the profile says, or correct \`gpus:\`.`,
    ),
  ];
}

function gpusText(count: number): string {
  return count === 0 ? 'no GPU' : count === 1 ? '1 GPU' : `${count} GPUs`;
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
