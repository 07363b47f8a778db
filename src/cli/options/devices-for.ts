import type {Engines} from '../../base/engines.ts';
import {findAllocation} from '../../executors/local/allocation.ts';
import {devicesOf, type Devices, type Gpus} from '../../executors/local/devices.ts';
import {discoverGpus} from '../../executors/local/discover-gpus.ts';
import type {Gpu} from '../../executors/local/gpu.ts';
import type {GpuClaim} from '../../executors/local/gpu-claims.ts';
import {isSoftwareToken} from '../../executors/local/gpu-token.ts';
import {LocalExecutor} from '../../executors/local/local-executor.ts';
import {softwareGpus} from '../../executors/local/software-gpus.ts';
import type {Executor} from '../../schedule/executor.ts';
import type {DevicesOptions} from './devices-option.ts';
import type {World} from '../world.ts';

/** The devices that a command line asks for. */
export function devicesFor(
  {jobs, devices: asked}: DevicesOptions & {readonly jobs?: number},
  {cores, memoryBytes, environment, hostFolder, findPciGpus}: World,
): Devices {
  const allocation = findAllocation(environment);
  const wishes = {
    cores,
    memoryBytes,
    ...(allocation !== undefined && {allocation}),
    ...(jobs === undefined ? {} : {slots: jobs}),
  };
  if (asked?.some(isSoftwareToken) === true) {
    // Other runs may use them at the same time: they claim nothing.
    const findGpus = (): Promise<Gpus> => Promise.resolve(softwareGpus(asked));
    return devicesOf({...wishes, areNamed: true, findGpus});
  }
  return devicesOf({
    ...wishes,
    hostFolder,
    areNamed: asked !== undefined,
    findGpus: () =>
      discoverGpus({environment, hostFolder, findPciGpus, ...(asked === undefined ? {} : {asked})}),
  });
}

/** The executor that a command line asks for: the only place that chooses one. */
export function executorFor(options: Parameters<typeof devicesFor>[0], world: World): Executor {
  return new LocalExecutor({...world, devices: devicesFor(options, world)});
}

/** The devices for programs: slots, GPUs with their holders, and the reasons. */
export function devicesJson(
  {slots}: Devices,
  {gpus, source, why, fault}: Gpus,
  claims: readonly GpuClaim[],
): object {
  const held = gpus.map((gpu) => ({...gpu, heldBy: holdersOf(gpu, claims)}));
  return {slots, gpus: held, source, why, fault};
}

/**
 * A line for each GPU with its holders, and one for each reason.
 * @param notes what else the user has to know of the GPUs, a sentence each
 */
export function gpuLines(
  {gpus, why, fault}: Gpus,
  claims: readonly GpuClaim[],
  notes: readonly string[] = [],
): readonly string[] {
  const reasons = [...why, ...(fault === undefined ? [] : [fault]), ...notes];
  const lines = [...gpus.map((gpu) => gpuLine(gpu, holdersOf(gpu, claims))), ...reasons];
  return lines.map((line, index) => `${index === 0 ? 'gpus' : '    '}    ${line}`);
}

/** A sentence about engines that cannot tell several GPUs of one name apart, if there are such GPUs. */
export function notesOnEqual(gpus: readonly Gpu[], engines: Engines): readonly string[] {
  const names = gpus.flatMap(({name}) => name ?? []);
  if (new Set(names).size === names.length) return [];
  return Object.entries(engines).flatMap(([engine, {withEqualGpus}]) =>
    withEqualGpus === undefined ? [] : [`Several GPUs have one name: ${engine} ${withEqualGpus}.`],
  );
}

function gpuLine(
  {token, identity, name, memoryMiB, pciAddress}: Gpu,
  holders: readonly Holder[],
): string {
  const parts = [
    `gpu:${token}`,
    ...(name === undefined ? [] : [name]),
    ...(memoryMiB === undefined ? [] : [`${(memoryMiB / 1024).toFixed(1)} GiB`]),
    ...(identity === token ? [] : [identity]),
    ...(pciAddress === undefined || pciAddress === token ? [] : [pciAddress]),
    ...holders.map(
      ({pid, amount}) => `${amount === 1 ? '' : `${amount} of it `}held by process ${pid}`,
    ),
  ];
  return parts.join('  ');
}

/** A process that holds a GPU or a part of it. */
export interface Holder {
  readonly pid: number;
  readonly amount: number;
}

/** Whether an instance holds the first GPU: then its engines are not measured. */
export function isFirstHeld([first]: readonly Gpu[], claims: readonly GpuClaim[]): boolean {
  return first !== undefined && holdersOf(first, claims).length > 0;
}

/** The current holders of a GPU. */
function holdersOf({identity}: Gpu, claims: readonly GpuClaim[]): readonly Holder[] {
  return claims.flatMap(({holders, gpus}) =>
    gpus
      .filter((gpu) => gpu.identity === identity)
      .map(({amount}) => ({pid: holders[0]!.pid, amount})),
  );
}
