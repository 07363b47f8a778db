import {findAllocation, type Allocation} from './allocation.ts';
import type {Gpus} from './devices.ts';
import type {Gpu} from './gpu.ts';
import {isGpuToken, isPciAddress} from './gpu-token.ts';
import {folderFault, type HostFolder} from './host-folder.ts';
import {listGpus, type GpuList, type ListedGpu} from './nvidia-smi.ts';
import type {PciGpu} from './pci-gpus.ts';

/** The places to look for GPUs. */
export interface GpuSources {
  /** The tokens of `--devices`, possibly none. Absent: it was not given. */
  readonly asked?: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The folder in which runs claim GPUs: without it no GPU can be used. */
  readonly hostFolder: HostFolder;
  /** Finds the GPUs of AMD and Intel. Absent: they are not looked for. */
  readonly findPciGpus?: () => readonly PciGpu[];
  /** Time limit of `nvidia-smi`, in milliseconds. Absent: ten seconds. */
  readonly limitMs?: number;
}

/**
 * Finds the GPUs that may be used: those that `--devices` names, otherwise those of `CUDA_VISIBLE_DEVICES`, otherwise
 * all that `nvidia-smi` lists, and the cards of AMD and Intel that the system describes. In a Slurm job the variable
 * alone decides, since the machine's other GPUs belong to other jobs. Never rejects.
 */
export async function discoverGpus(sources: GpuSources): Promise<Gpus> {
  const allocation = findAllocation(sources.environment);
  const found = inAllocation(await findGpus(sources, allocation), allocation);
  const fault = found.gpus.length === 0 ? undefined : folderFault(sources.hostFolder);
  if (fault === undefined) return found;
  const why = [...found.why, `They cannot be kept from other runs, so none is used: ${fault}`];
  return {...found, gpus: [], why, isOdd: true};
}

/**
 * GPUs as runs of a machine identify them. Slurm keeps jobs apart, and each may see its GPU as number 0: a run does not
 * wait for one of another job.
 */
function inAllocation(found: Gpus, allocation: Allocation | undefined): Gpus {
  if (allocation === undefined) return found;
  const gpus = found.gpus.map((gpu) => ({...gpu, identity: `${allocation.name}/${gpu.identity}`}));
  return {...found, gpus};
}

async function findGpus(sources: GpuSources, allocation: Allocation | undefined): Promise<Gpus> {
  const {asked, environment, limitMs, findPciGpus = () => []} = sources;
  const variable = environment['CUDA_VISIBLE_DEVICES'];
  if (asked === undefined && variable === undefined && allocation !== undefined) {
    const why = `Slurm gave no GPU to job ${allocation.job}: ${variableName} is not set.`;
    return {gpus: [], source: variableName, why: [why], isOdd: false};
  }
  const source =
    asked === undefined ? (variable === undefined ? 'nvidia-smi' : variableName) : '--devices';
  const tokens = asked ?? variable?.split(',').map((token) => token.trim());
  if (tokens !== undefined && noneTokens.has(tokens[0])) {
    const why =
      asked === undefined
        ? `${source} is ${JSON.stringify(variable)}: no GPU is to be used, unless --devices names it.`
        : `${source} is none: no GPU is to be used.`;
    return {gpus: [], source, why: [why], isOdd: false};
  }
  const list = await listGpus(environment, limitMs);
  const others = findPciGpus();
  const found =
    tokens === undefined
      ? allGpus(list, others, environment)
      : namedGpus(tokens, source === '--devices', list, others);
  const listed = list.kind === 'listed' ? list.gpus.length : untoldOf(tokens ?? []).length;
  return listed + others.length > 1 ? {...found, areSeveral: true} : found;
}

/** Tokens that `nvidia-smi` would know. */
function untoldOf(tokens: readonly string[]): readonly string[] {
  return tokens.filter((token) => !isPciAddress(token));
}

/** The GPUs that `--devices` or the variable names. */
function namedGpus(
  tokens: readonly string[],
  isAsked: boolean,
  list: GpuList,
  others: readonly PciGpu[],
): Gpus {
  const source = isAsked ? '--devices' : variableName;
  const choice = chooseGpus(tokens, list, others);
  const untold = untoldOf(tokens);
  if (isAsked && list.kind !== 'listed' && untold.length > 0) {
    const fault = `--devices names ${untold.join(', ')}, but ${describeList(list)} that would tell which GPUs there are.`;
    return {gpus: [], source, why: [], isOdd: true, fault};
  }
  const why = [`${source} names ${tokens.join(', ')}.`, ...choice.notes];
  const isOdd = choice.notes.length > 0;
  if (!isAsked || choice.stray === undefined) return {gpus: choice.gpus, source, why, isOdd};
  const fault = `--devices names ${choice.stray}, but ${describeStray(choice.stray, list, others)}.`;
  return {gpus: [], source, why: [], isOdd, fault};
}

const variableName = 'CUDA_VISIBLE_DEVICES';

/** First tokens that say that there is no GPU. Slurm before 21.08 sets `NoDevFiles` for jobs without one. */
const noneTokens: ReadonlySet<string | undefined> = new Set(['', '-1', 'NoDevFiles', undefined]);

/** The GPUs that `nvidia-smi` lists, then the cards of other makers. */
function allGpus(
  list: GpuList,
  others: readonly PciGpu[],
  environment: GpuSources['environment'],
): Gpus {
  const own = listedGpus(list, others);
  const cards = others.filter(({isDedicated}) => isDedicated);
  const notes = others
    .filter((gpu) => !cards.includes(gpu))
    .map(
      ({token, name}) =>
        `${token} (${name}) has little memory of its own, and is used only if --devices names it.`,
    );
  const limit = hidingVariables.find((name) => environment[name] !== undefined);
  if (limit !== undefined && cards.length > 0) {
    const note = `${limit} is set, whose numbers do not tell PCI addresses: ${addressesOf(cards)} is used only if --devices names it.`;
    return {...own, why: [...own.why, note, ...notes]};
  }
  if (cards.length === 0) return {...own, why: [...own.why, ...notes]};
  const found = `The system lists ${addressesOf(cards)}.`;
  const isListed = own.gpus.length > 0;
  const first = isListed || own.isOdd ? own.why : [];
  const why = [...first, found, ...notes];
  return {...own, gpus: [...own.gpus, ...cards], source: isListed ? own.source : 'sysfs', why};
}

/** Variables by which schedulers and users keep programs from GPUs of AMD and Intel. */
const hidingVariables = [
  'ROCR_VISIBLE_DEVICES',
  'HIP_VISIBLE_DEVICES',
  'GPU_DEVICE_ORDINAL',
  'ZE_AFFINITY_MASK',
] as const;

function addressesOf(gpus: readonly PciGpu[]): string {
  return gpus.map(({token}) => token).join(', ');
}

function listedGpus(list: GpuList, others: readonly PciGpu[]): Gpus {
  const isOdd = list.kind === 'failed';
  if (list.kind !== 'listed' || list.gpus.length === 0) {
    const origin = list.kind === 'absent' ? ' (part of NVIDIA’s driver)' : '';
    const nor = others.length === 0 ? ', and the system lists no GPU of AMD or Intel' : '';
    const why = `No GPU was found: ${describeList(list)}${origin}${nor}.`;
    return {gpus: [], source: 'none', why: [why], isOdd};
  }
  const gpus = list.gpus.map((gpu) => gpuOf(String(gpu.index), gpu));
  return {gpus, source: 'nvidia-smi', why: [`${describeList(list)}.`], isOdd};
}

function describeList(list: GpuList): string {
  switch (list.kind) {
    case 'absent':
      return 'there is no nvidia-smi';
    case 'failed':
      return `nvidia-smi ${list.message}`;
    case 'listed': {
      const indices = list.gpus.map(({index}) => index);
      return `nvidia-smi lists ${indices.length === 0 ? 'none' : indices.join(', ')}`;
    }
  }
}

interface Choice {
  readonly gpus: readonly Gpu[];
  /** Deviations from the named tokens, one sentence each. */
  readonly notes: readonly string[];
  /** The first token that names no GPU. The list ends there, as CUDA's does. */
  readonly stray?: string;
}

/** The GPUs that tokens name. NVIDIA's tokens are accepted as they are if there is no list of its GPUs. */
export function chooseGpus(
  tokens: readonly string[],
  list: GpuList,
  others: readonly PciGpu[] = [],
): Choice {
  const gpus = new Map<string, Gpu>();
  const notes: string[] = [];
  for (const token of tokens) {
    const gpu = gpuNamed(token, list, others);
    if (gpu === undefined) {
      const reason = describeStray(token, list, others);
      notes.push(`The list ends before ${JSON.stringify(token)}: ${reason}.`);
      return {gpus: [...gpus.values()], notes, stray: token};
    }
    if (gpus.has(gpu.identity)) notes.push(`${token} is named twice and counts once.`);
    else gpus.set(gpu.identity, gpu);
  }
  return {gpus: [...gpus.values()], notes};
}

/** The reason why a token names no GPU of the list. */
function describeStray(token: string, list: GpuList, others: readonly PciGpu[]): string {
  if (isPciAddress(token)) {
    return `the system lists ${others.length === 0 ? 'no GPU of AMD or Intel' : addressesOf(others)}`;
  }
  if (list.kind !== 'listed' || !isGpuToken(token) || !token.startsWith('GPU-')) {
    return describeList(list);
  }
  const named = gpusNamed(token, list.gpus).map(({uuid}) => uuid);
  if (named.length > 0) return `${named.length} of those that nvidia-smi lists begin with it`;
  const uuids = list.gpus.map(({uuid}) => uuid);
  return `nvidia-smi lists ${uuids.length === 0 ? 'none' : uuids.join(', ')}`;
}

function gpuNamed(token: string, list: GpuList, others: readonly PciGpu[]): Gpu | undefined {
  if (isPciAddress(token)) return others.find((gpu) => gpu.token === token);
  if (!isGpuToken(token)) return undefined;
  // The list contains whole GPUs only, not their instances.
  if (list.kind !== 'listed' || token.startsWith('MIG-')) return gpuOf(token);
  const named = gpusNamed(token, list.gpus);
  return named.length === 1 ? gpuOf(token, named[0]) : undefined;
}

/** The GPUs whose index is the token, or whose UUID begins with it. */
function gpusNamed(token: string, gpus: readonly ListedGpu[]): readonly ListedGpu[] {
  return gpus.filter(({index, uuid}) =>
    token.startsWith('GPU-')
      ? uuid.toLowerCase().startsWith(token.toLowerCase())
      : index === Number(token),
  );
}

function gpuOf(token: string, listed?: ListedGpu): Gpu {
  if (listed === undefined) return {token, identity: token};
  const {index: _, uuid, ...known} = listed;
  return {token, identity: uuid, ...known};
}
