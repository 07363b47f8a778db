import type {Gpus} from './devices.ts';
import type {Gpu} from './gpu.ts';
import {isGpuToken} from './gpu-token.ts';
import {folderFault, type HostFolder} from './host-folder.ts';
import {listGpus, type GpuList, type ListedGpu} from './nvidia-smi.ts';

/** The places to look for GPUs. */
export interface GpuSources {
  /** The tokens of `--devices`, possibly none. Absent: it was not given. */
  readonly asked?: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The folder in which runs claim GPUs: without it no GPU can be used. */
  readonly hostFolder: HostFolder;
  /** Time limit of `nvidia-smi`, in milliseconds. Absent: ten seconds. */
  readonly limitMs?: number;
}

/**
 * Finds the GPUs that may be used: those that `--devices` names, otherwise those of `CUDA_VISIBLE_DEVICES`, otherwise
 * all that `nvidia-smi` lists. Never rejects. (WebGPU's adapters would be the next source; there is no engine yet that
 * could use them.)
 */
export async function discoverGpus(sources: GpuSources): Promise<Gpus> {
  const found = await findGpus(sources);
  const fault = found.gpus.length === 0 ? undefined : folderFault(sources.hostFolder);
  if (fault === undefined) return found;
  const why = [...found.why, `They cannot be kept from other runs, so none is used: ${fault}`];
  return {...found, gpus: [], why, isOdd: true};
}

async function findGpus(sources: GpuSources): Promise<Gpus> {
  const {asked, environment, limitMs} = sources;
  const variable = environment['CUDA_VISIBLE_DEVICES'];
  const source =
    asked === undefined ? (variable === undefined ? 'nvidia-smi' : variableName) : '--devices';
  const tokens = asked ?? variable?.split(',').map((token) => token.trim());
  if (tokens !== undefined && ['', '-1', undefined].includes(tokens[0])) {
    const said = asked === undefined ? JSON.stringify(variable) : 'none';
    return {gpus: [], source, why: [`${source} is ${said}: no GPU is to be used.`], isOdd: false};
  }
  const list = await listGpus(environment, limitMs);
  if (tokens === undefined) return listedGpus(list);
  const choice = chooseGpus(tokens, list);
  if (source === '--devices' && list.kind !== 'listed') {
    const fault = `--devices names ${tokens.join(', ')}, but ${describeList(list)} that would tell which GPUs there are.`;
    return {gpus: [], source, why: [], isOdd: true, fault};
  }
  const why = [`${source} names ${tokens.join(', ')}.`, ...choice.notes];
  const isOdd = choice.notes.length > 0;
  if (source !== '--devices' || choice.stray === undefined) {
    return {gpus: choice.gpus, source, why, isOdd};
  }
  const fault = `--devices names ${choice.stray}, but ${describeStray(choice.stray, list)}.`;
  return {gpus: [], source, why: [], isOdd, fault};
}

const variableName = 'CUDA_VISIBLE_DEVICES';

function listedGpus(list: GpuList): Gpus {
  const isOdd = list.kind === 'failed';
  if (list.kind !== 'listed' || list.gpus.length === 0) {
    return {gpus: [], source: 'none', why: [`No GPU was found: ${describeList(list)}.`], isOdd};
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

/** The GPUs that tokens name. Tokens are accepted as they are if there is no list of GPUs. */
export function chooseGpus(tokens: readonly string[], list: GpuList): Choice {
  const gpus = new Map<string, Gpu>();
  const notes: string[] = [];
  for (const token of tokens) {
    const gpu = gpuNamed(token, list);
    if (gpu === undefined) {
      notes.push(`The list ends before ${JSON.stringify(token)}: ${describeStray(token, list)}.`);
      return {gpus: [...gpus.values()], notes, stray: token};
    }
    if (gpus.has(gpu.identity)) notes.push(`${token} is named twice and counts once.`);
    else gpus.set(gpu.identity, gpu);
  }
  return {gpus: [...gpus.values()], notes};
}

/** The reason why a token names no GPU of the list. */
function describeStray(token: string, list: GpuList): string {
  if (list.kind !== 'listed' || !isGpuToken(token) || !token.startsWith('GPU-')) {
    return describeList(list);
  }
  const named = gpusNamed(token, list.gpus).map(({uuid}) => uuid);
  if (named.length > 0) return `${named.length} of those that nvidia-smi lists begin with it`;
  const uuids = list.gpus.map(({uuid}) => uuid);
  return `nvidia-smi lists ${uuids.length === 0 ? 'none' : uuids.join(', ')}`;
}

function gpuNamed(token: string, list: GpuList): Gpu | undefined {
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
  const {uuid, name, memoryMiB} = listed;
  return {token, identity: uuid, name, ...(memoryMiB === undefined ? {} : {memoryMiB})};
}
