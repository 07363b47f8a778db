import {access, constants} from 'node:fs/promises';
import {totalmem} from 'node:os';
import path from 'node:path';
import type {EngineRequest} from '../../base/engines.ts';
import {isErrno, isSystemError, whyRefused} from '../../base/errno.ts';
import {findClaims} from '../../executors/local/gpu-claims.ts';
import {storeFormat} from '../../store/layout.ts';
import {inspectStore} from '../../store/open-store.ts';
import {devicesFor, devicesJson, gpuLines} from '../options/devices-for.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import type {RunOptions} from '../options/pipeline-options.ts';
import type {World} from '../world.ts';
import {writeJson} from '../write-json.ts';

/**
 * The function that `stages/shared/engine-probe.ts` exports: the engine that would be chosen here, with the reasons,
 * one line each.
 */
type ProbeEngine = (
  request: EngineRequest,
) => Promise<{readonly engine: string; readonly lines: readonly string[]}>;

export interface DoctorOptions extends Pick<RunOptions, 'store' | 'engine' | 'devices'> {
  readonly json?: true;
}

/** `pipeline doctor`: describes the machine for pipelines. Writes nothing. */
export async function doctorCommand(options: DoctorOptions, world: World): Promise<ExitCode> {
  const store = await storeLine(path.resolve(world.cwd, options.store), options.store);
  const devices = devicesFor(options, world);
  const gpus = await devices.findGpus();
  const engine = await findEngine(options.engine, gpus.gpus.length > 0, world);
  const claims = findClaims(world.hostFolder);
  if (options.json === true) {
    const {nodeVersion: node, cores} = world;
    const machine = {node, cores, memoryBytes: totalmem(), ...devicesJson(devices, gpus, claims)};
    writeJson({...machine, store: {folder: options.store, ...store}, engine}, world);
  } else {
    const lines = [
      `node    ${world.nodeVersion}`,
      `cores   ${world.cores}`,
      `memory  ${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
      `slots   ${devices.whySlots}`,
      ...gpuLines(gpus, claims),
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

type FoundEngine =
  {readonly engine: string; readonly why: readonly string[]} | {readonly fault: string};

async function findEngine(name: string, gpu: boolean, world: World): Promise<FoundEngine> {
  try {
    const module = (await import(world.engineProbeModule)) as {readonly probeEngine: ProbeEngine};
    const {engine, lines} = await module.probeEngine({
      name,
      numerics: 'any',
      threads: world.cores,
      gpu,
    });
    return {engine, why: lines};
  } catch (error) {
    // Any error that keeps an engine from starting is what the user wants to read here.
    return {fault: error instanceof Error ? error.message : String(error)};
  }
}

function engineLines(found: FoundEngine): readonly string[] {
  if ('fault' in found) return [`engine  none can be used: ${found.fault}`];
  return [`engine  ${found.engine}`, ...found.why.map((line) => `        ${line}`)];
}
