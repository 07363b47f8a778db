import type {EngineRequest} from '../../base/engines.ts';
import type {Gpus} from '../../executors/local/devices.ts';
import type {Gpu} from '../../executors/local/gpu.ts';
import type {World} from '../world.ts';

/** The engine that would be used here, with the reasons; or why none can be. */
export type ProbedEngine =
  | {
      readonly name: string;
      readonly description: string;
      readonly usesGpu: boolean;
      /** A line each. */
      readonly why: readonly string[];
      /** The outcome of each engine that could have been chosen for the GPU, if there is a GPU. */
      readonly trials?: readonly ProbedTrial[];
    }
  | {readonly fault: string};

/** The time that an engine takes, or why it is not used. */
interface ProbedTrial {
  readonly name: string;
  readonly milliseconds?: number;
  readonly refusal?: string;
}

/** The function that `stages/shared/engine-probe.ts` exports. */
type ProbeEngine = (
  request: EngineRequest,
  options: {readonly isAnew: boolean},
) => Promise<ProbedEngine>;

export interface Probe {
  /** The name of an engine, or `auto`. */
  readonly engine: string;
  readonly software?: true;
  /** The GPUs that may be used: the engine gets the first. */
  readonly gpus: Pick<Gpus, 'gpus' | 'areSeveral'>;
  /** Whether engines are measured although their times are known. */
  readonly isAnew: boolean;
}

/** Starts the engine that an instance would be given here. */
export async function probeEngine(
  {engine: name, software, gpus: {gpus, areSeveral}, isAnew}: Probe,
  world: World,
): Promise<ProbedEngine> {
  const address = gpus[0]?.pciAddress;
  const request: EngineRequest = {
    name,
    numerics: 'any',
    threads: world.cores,
    gpu: gpus.length > 0,
    ...(address === undefined ? {} : {gpuAddress: address}),
    ...(gpus.length > 0 && {isOnlyGpu: areSeveral !== true}),
    ...((software ?? gpus[0]?.isSoftware) && {software: true}),
  };
  try {
    const module = (await import(world.engineProbeModule)) as {readonly probeEngine: ProbeEngine};
    return await module.probeEngine(request, {isAnew});
  } catch (error) {
    // Any error that keeps an engine from starting is what the user wants to read here.
    return {fault: error instanceof Error ? error.message : String(error)};
  }
}

/** Says what an instance with the first GPU computes on if no engine can use it; the reasons are the probe's. */
export function noteOnUnusable(
  [first]: readonly Gpu[],
  probed: ProbedEngine,
): {readonly note?: string; readonly reasons: readonly string[]} {
  if (first === undefined || 'fault' in probed || probed.usesGpu) return {reasons: []};
  const {name, trials = []} = probed;
  const reasons = trials.flatMap(({name: other, refusal}) =>
    refusal === undefined ? [] : [`  ${other}: ${refusal}`],
  );
  // The processor may also have been faster than the GPU, or was asked for.
  if (reasons.length === 0 || reasons.length < trials.length) return {reasons: []};
  const note = `No engine can use gpu:${first.token}. Instances that hold it compute on the CPU, by ${name}.`;
  return {note, reasons};
}
