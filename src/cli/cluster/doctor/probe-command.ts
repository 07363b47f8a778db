import {hostname} from 'node:os';
import {isProbeName} from '../../../cluster/probe/probe-files.ts';
import {performProbe} from '../../../cluster/probe/perform-probe.ts';
import {inspectStore} from '../../../store/open-store.ts';
import {exitCodes, type ExitCode} from '../../exit-codes.ts';
import {devicesFor} from '../../options/devices-for.ts';
import type {DevicesOptions} from '../../options/devices-option.ts';
import type {World} from '../../world.ts';

export interface ProbeOptions extends DevicesOptions {
  readonly store: string;
  readonly pool: string;
}

/** `pipeline probe NAME`: a member examines itself for `doctor --on`. People do not call it. */
export async function probeCommand(
  name: string,
  {store: folder, pool, ...options}: ProbeOptions,
  world: World,
): Promise<ExitCode> {
  const unusable = (message: string): ExitCode => {
    world.faults.fault('unusable-store', message);
    return exitCodes.storeUnusable;
  };
  const host = hostname();
  const inspected = inspectStore(folder);
  if (inspected.kind === 'unusable') return unusable(inspected.message);
  const {gpus, why: whyGpus} = await devicesFor(options, world).findGpus();
  const {cores, memoryBytes, nodeVersion: node} = world;
  const facts = {host, cores, memoryBytes, node, program: world.findVersion()};
  const found = isProbeName(name)
    ? await performProbe({store: inspected.store, name}, pool, {
        facts: {...facts, gpus: gpus.length, whyGpus},
        pid: world.pid,
      })
    : 'no-order';
  if (found === 'done') return exitCodes.ok;
  return unusable(
    `There is no probe ${name} in ${folder} on ${host}: either its doctor has ended, or the store is another folder on this machine.`,
  );
}
