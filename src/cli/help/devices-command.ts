import {findClaims} from '../../executors/local/gpu-claims.ts';
import type {Gpus} from '../../executors/local/devices.ts';
import {
  devicesFor,
  devicesJson,
  gpuLines,
  isFirstHeld,
  notesOnEqual,
} from '../options/devices-for.ts';
import {noteOnUnusable, probeEngine} from '../options/probe-engine.ts';
import type {DevicesOptions} from '../options/devices-option.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import type {World} from '../world.ts';
import {writeJson} from '../write-json.ts';

/** `pipeline devices`: lists the devices that instances would run on, the reasons, and the claims of other runs. */
export async function devicesCommand(
  options: DevicesOptions & {readonly json?: true},
  world: World,
): Promise<ExitCode> {
  const devices = devicesFor(options, world);
  const found = await devices.findGpus();
  const claims = findClaims(world.hostFolder);
  // Who holds a GPU computes on it undisturbed.
  const tried = isFirstHeld(found.gpus, claims) ? [] : await notesOnEngines(found, world);
  const notes = [...notesOnEqual(found.gpus, world.offers.engines), ...tried];
  if (options.json === true) {
    writeJson({...devicesJson(devices, found, claims), notes}, world);
  } else {
    const lines = [`slots   ${devices.whySlots}`, ...gpuLines(found, claims, notes)];
    world.stdout.write(`${lines.join('\n')}\n`);
  }
  return found.fault === undefined ? exitCodes.ok : exitCodes.invalidPipeline;
}

/** A sentence for each engine that has something to say about the first GPU. */
async function notesOnEngines(found: Gpus, world: World): Promise<readonly string[]> {
  // Software takes minutes to be measured, and is not chosen for its speed.
  if (found.gpus.length === 0 || found.gpus[0]!.isSoftware === true) return [];
  const probed = await probeEngine({engine: 'auto', gpus: found, isAnew: false}, world);
  const {note, reasons} = noteOnUnusable(found.gpus, probed);
  return note === undefined ? [] : [note, ...reasons];
}
