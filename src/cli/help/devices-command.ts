import {findClaims} from '../../executors/local/gpu-claims.ts';
import {devicesFor, devicesJson, gpuLines} from '../options/devices-for.ts';
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
  if (options.json === true) {
    writeJson(devicesJson(devices, found, claims), world);
  } else {
    world.stdout.write(
      `${[`slots   ${devices.whySlots}`, ...gpuLines(found, claims)].join('\n')}\n`,
    );
  }
  return found.fault === undefined ? exitCodes.ok : exitCodes.invalidPipeline;
}
