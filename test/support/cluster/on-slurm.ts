/** Runs of the real program on a Slurm of tests. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readdir} from 'node:fs/promises';
import path from 'node:path';
import type {RunEvent} from '../../../src/journal/event.ts';
import {readRunEvents} from '../../../src/journal/members/read-run-events.ts';
import {listProcesses, readProc} from '../../../src/store/claims/process-table.ts';
import {Rig, type Finished} from '../program/rig.ts';
import {ScriptedPrograms} from './scripted-programs.ts';
import {asMachineOfItsOwn, type SlurmRig} from './slurm-rig.ts';

export interface OnSlurm {
  /** The pools of the profile. Absent: one of two members, which take half of a node each. */
  readonly pools?: Readonly<Record<string, unknown>>;
  /** Further entries of the profile. */
  readonly profile?: Readonly<Record<string, unknown>>;
  /** Variables of the members; those of `quickly` are among them. */
  readonly members?: Readonly<Record<string, string>>;
  /** Further variables of the program that submits. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A member is missed, and notes are seen, soon enough for a test; a busy machine may hold a member up for some seconds. */
const quickly = {
  PIPELINE_STOP_POLL_MS: '200',
  PIPELINE_BEAT_MS: '500',
  PIPELINE_SILENCE_MS: '6000',
};

/** A rig whose profile `hpc` is a Slurm of tests, each node of which is a machine of its own to its members. */
export async function rigOn(slurm: SlurmRig, given: OnSlurm = {}): Promise<Rig> {
  const {
    pools = {cpu: {max: 2, cpus: 2, memory: '1G', takes: 'cpu'}},
    profile = {},
    members = {},
  } = given;
  const environment = {...slurm.environment, PIPELINE_ASK_MS: '1000', ...given.environment};
  const rig = await Rig.create({...quickly, ...environment});
  const variables = Object.entries({...quickly, ...members});
  // Members get no variables of the submitter's.
  const setup = variables.map(([name, value]) => `export ${name}=${value}\n`).join('');
  const text = {kind: 'slurm', setup, container: asMachineOfItsOwn, pools, ...profile};
  // JSON is YAML.
  await rig.write('clusters/hpc.yaml', JSON.stringify(text));
  return rig;
}

/**
 * Slurm's commands with a list of their calls.
 * @param bodies by name the lines of a shell script that is run instead of a command, unless it goes on to the command
 */
export async function countedCalls(
  folder: string,
  bodies: Readonly<Record<string, string>> = {},
): Promise<ScriptedPrograms> {
  const names = ['sbatch', 'squeue', 'scancel', 'scontrol', 'srun', 'sacct', 'sinfo'];
  const scripts = names.map((name) => {
    const there = spawnSync('which', [name], {encoding: 'utf8'}).stdout.trim();
    return [name, `${bodies[name] ?? ''}\nexec '${there}' "$@"`] as const;
  });
  return await ScriptedPrograms.create(folder, Object.fromEntries(scripts));
}

/** The events of the newest run so far, of all its members. */
export async function history(rig: Rig): Promise<readonly RunEvent[]> {
  const store = {root: path.join(rig.folder, 'artifacts')};
  return readRunEvents(store, (await rig.runs()).at(-1)!).events;
}

/** The events of a kind of the newest run. */
export async function told<K extends RunEvent['kind']>(
  rig: Rig,
  kind: K,
): Promise<readonly Extract<RunEvent, {kind: K}>[]> {
  const isWanted = (event: RunEvent): event is Extract<RunEvent, {kind: K}> => event.kind === kind;
  return (await history(rig)).filter(isWanted);
}

/** What the allocations of the newest run have printed. */
export async function printed(rig: Rig): Promise<string> {
  const folder = `artifacts/runs/${(await rig.runs()).at(-1)!}/out`;
  const names = await readdir(path.join(rig.folder, folder));
  return (await Promise.all(names.map((name) => rig.read(`${folder}/${name}`)))).join('');
}

/** The texts of the results of the newest run, by their names. */
export async function results(rig: Rig): Promise<Readonly<Record<string, string>>> {
  const folder = `artifacts/runs/${(await rig.runs()).at(-1)!}/results`;
  const names = (await readdir(path.join(rig.folder, folder))).sort();
  const texts = await Promise.all(names.map((name) => rig.read(`${folder}/${name}`)));
  return Object.fromEntries(names.map((name, at) => [name, texts[at]!]));
}

export function assertCode({code, stdout, stderr}: Finished, expected: number): void {
  assert.equal(code, expected, stdout + stderr);
}

/** The processes of the members of a rig's newest run whose program has a name, such as `srun`. */
export async function processesOf(rig: Rig, program: string): Promise<readonly number[]> {
  const run = (await rig.runs()).at(-1)!;
  return (listProcesses() ?? []).filter((pid) => {
    const [first = '', ...words] = (readProc(`${pid}/cmdline`) ?? '').split('\0');
    return path.basename(first) === program && words.includes(run);
  });
}

/** Waits until no job of a Slurm runs or waits. */
export async function untilEmpty(slurm: SlurmRig): Promise<void> {
  const isOver = (job: string): boolean => !/RUNNING|PENDING|COMPLETING|REQUEUE/.test(job);
  await slurm.until(async () => (await slurm.jobs()).every(isOver));
}
