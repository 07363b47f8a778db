import {visibleJson} from '../../base/visible.ts';
import {findClaims} from '../../executors/local/gpu-claims.ts';
import {devicesFor, gpuLines, holdersOf} from '../options/devices-for.ts';
import type {DevicesOptions} from '../options/devices-option.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import type {World} from '../world.ts';

/** `pipeline devices`: lists the devices that instances would run on, the reasons, and the claims of other runs. */
export async function devicesCommand(
  options: DevicesOptions & {readonly json?: true},
  world: World,
): Promise<ExitCode> {
  const {slots, whySlots, findGpus} = devicesFor(options, world);
  const found = await findGpus();
  const claims = findClaims(world.hostFolder);
  if (options.json === true) {
    const gpus = found.gpus.map((gpu) => ({...gpu, heldBy: holdersOf(gpu, claims)}));
    const {source, why, fault} = found;
    world.stdout.write(`${visibleJson({slots, gpus, source, why, fault}, 2)}\n`);
  } else {
    world.stdout.write(`${[`slots   ${whySlots}`, ...gpuLines(found, claims)].join('\n')}\n`);
  }
  return found.fault === undefined ? exitCodes.ok : exitCodes.invalidPipeline;
}
