/** The state of a finished distillation as a file, from which a longer one goes on. */
import path from 'node:path';
import {StageError} from '../../../src/contract/stage.ts';
import {CorruptFile} from '../../../src/formats/file-fault.ts';
import {readSafetensors} from '../../../src/formats/safetensors/safetensors.ts';
import type {Metadata} from '../../../src/formats/safetensors/safetensors-header.ts';
import type {Tensor} from '../../../src/formats/tensor.ts';
import {
  learnedArrays,
  type DistillationState,
} from '../../../src/learning/distillation/distillation-state.ts';
import type {FloatDataset} from '../transformed-dataset.ts';
import type {DistillingContext} from './contract-parts.ts';

/** The parameter of DC from which its iterations follow. */
const networks = 'networks';

/** What tells a distillation from others: all that must be equal for one to go on from the other. */
export function identityOf(
  {params, inputs}: DistillingContext,
  {name, provenance}: {readonly name: string; readonly provenance: Metadata},
  {source, transformDigest = 'none'}: FloatDataset,
): Metadata {
  const {iterations: _, snapshots: __, pictures: ___, keepState: ____, ...fixed} = params;
  const parameters = Object.entries(fixed).filter(([param]) => param !== networks);
  return {
    method: name,
    source,
    transform: transformDigest,
    ...provenance,
    ...Object.fromEntries(Object.entries(inputs).flatMap(digestsOf)),
    ...Object.fromEntries(parameters.map(([param, value]) => [param, JSON.stringify(value)])),
  };
}

/** What an input of other than images has, by the name of the input: a store calls files by their digests. */
function digestsOf([port, files]: readonly [string, readonly string[]]): readonly [
  string,
  string,
][] {
  if (ofImages.has(port) || files.length === 0) return [];
  return [[inputPrefix + port, files.map((file) => path.basename(file)).join(' ')]];
}

const inputPrefix = 'input ';

/** Inputs that the source and the transform tell, and the state itself. */
const ofImages: ReadonlySet<string> = new Set(['dataset', 'transform', 'state']);

/**
 * The tensors of the state of a distillation.
 * @param initial the state before any update
 * @throws StageError if it is the state of another distillation; CorruptFile
 */
export async function readState(
  path: string,
  {identity, initial}: {readonly identity: Metadata; readonly initial: DistillationState},
): Promise<ReadonlyMap<string, Tensor>> {
  const {tensors, metadata} = await readSafetensors(path);
  const names = [...new Set([...Object.keys(identity), ...Object.keys(metadata)])];
  const differing = names.find((name) => metadata[name] !== identity[name]);
  if (differing !== undefined) throw new StageError(differenceText(differing, identity, metadata));
  for (const name of learnedArrays) {
    const [length, expected] = [tensors.get(name)?.data.length, initial[name]?.length];
    if (length !== expected) throw new CorruptFile(path, sizeText(name, length, expected));
  }
  const scalars = tensors.get('scalars')?.data.length;
  if (scalars !== 5) throw new CorruptFile(path, sizeText('scalars', scalars, 5));
  return tensors;
}

function sizeText(name: string, length = 0, expected = 0): string {
  return `the tensor \`${name}\` has ${length} numbers where ${expected} are expected`;
}

function differenceText(name: string, identity: Metadata, found: Metadata): string {
  const what = inWords[name];
  if (what !== undefined) return `state is of a distillation of another ${what}.`;
  if (name.startsWith(inputPrefix)) {
    return `state is of a distillation with another ${name.slice(inputPrefix.length)}.`;
  }
  const [got, wanted] = [found[name] ?? 'none', identity[name] ?? 'none'];
  return `state is of another distillation: its ${name} is ${got}, not ${wanted}.`;
}

/** Digests say nothing to anybody. */
const inWords: Readonly<Record<string, string>> = {
  source: 'data set',
  transform: 'transform',
};
