import {access, constants} from 'node:fs/promises';
import {totalmem} from 'node:os';
import path from 'node:path';
import {isErrno, isSystemError, whyRefused} from '../../base/errno.ts';
import {findClaims} from '../../executors/local/gpu-claims.ts';
import {storeFormat} from '../../store/layout.ts';
import {inspectStore} from '../../store/open-store.ts';
import {
  devicesFor,
  devicesJson,
  gpuLines,
  isFirstHeld,
  notesOnEqual,
} from '../options/devices-for.ts';
import {noteOnUnusable, probeEngine, type ProbedEngine} from '../options/probe-engine.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import type {RunOptions} from '../options/pipeline-options.ts';
import type {World} from '../world.ts';
import {writeJson} from '../write-json.ts';

export interface DoctorOptions extends Pick<
  RunOptions,
  'store' | 'engine' | 'software' | 'devices'
> {
  readonly json?: true;
}

/**
 * `pipeline doctor`: describes the machine for pipelines. It tries the engines anew, unless an instance holds the GPU, and
 * keeps the times that it measures for later runs.
 */
export async function doctorCommand(options: DoctorOptions, world: World): Promise<ExitCode> {
  const store = await storeLine(path.resolve(world.cwd, options.store), options.store);
  const devices = devicesFor(options, world);
  const gpus = await devices.findGpus();
  const claims = findClaims(world.hostFolder);
  // Times beside a run that computes on the GPU would be of no use later.
  const isAnew = !isFirstHeld(gpus.gpus, claims);
  const engine = await probeEngine({...options, gpus, isAnew}, world);
  const {note} = noteOnUnusable(gpus.gpus, engine);
  const notes = [
    ...notesOnEqual(gpus.gpus, world.offers.engines),
    ...(note === undefined ? [] : [note]),
  ];
  if (options.json === true) {
    const {nodeVersion: node, cores} = world;
    const machine = {node, cores, memoryBytes: totalmem(), ...devicesJson(devices, gpus, claims)};
    const found = engineJson(engine);
    writeJson({...machine, notes, store: {folder: options.store, ...store}, engine: found}, world);
  } else {
    const lines = [
      `node    ${world.nodeVersion}`,
      `cores   ${world.cores}`,
      `memory  ${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
      `slots   ${devices.whySlots}`,
      ...gpuLines(gpus, claims, notes),
      `store   ${store.text}`,
      ...engineLines(engine),
    ];
    world.stdout.write(`${lines.join('\n')}\n`);
  }
  return store.usable ? exitCodes.ok : exitCodes.storeUnusable;
}

async function storeLine(
  folder: string,
  shown: string,
): Promise<{readonly usable: boolean; readonly text: string}> {
  const inspected = inspectStore(folder);
  if (inspected.kind === 'unusable') return {usable: false, text: inspected.message};
  const existing = await nearestFolder(folder);
  try {
    await access(existing, constants.W_OK);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return {usable: false, text: `${shown} cannot be written (${existing}: ${whyRefused(error)})`};
  }
  const state = existing === folder ? `writable, format ${storeFormat}` : 'will be made';
  return {usable: true, text: `${shown} (${state})`};
}

/** The folder itself if it exists, otherwise the nearest existing parent. */
async function nearestFolder(folder: string): Promise<string> {
  try {
    await access(folder);
    return folder;
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) return folder;
    return await nearestFolder(path.dirname(folder));
  }
}

function engineLines(found: ProbedEngine): readonly string[] {
  if ('fault' in found) return [`engine  none can be used: ${found.fault}`];
  const {name, description, why} = found;
  return [`engine  ${name} (${description})`, ...why.map((line) => `        ${line}`)];
}

function engineJson(found: ProbedEngine): object {
  if ('fault' in found) return found;
  const {name, description, why, trials} = found;
  return {engine: `${name} (${description})`, name, why, ...(trials && {trials})};
}
