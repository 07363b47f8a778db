import {digestOf} from '../base/digest.ts';
import type {InstanceGraph, InstanceId} from '../pipeline/graph/instance.ts';

/** The name of a result file: the output's, the number of the artifact in a list, and the extension. */
export type ResultName = (instance: InstanceId, output: string, number?: number) => string;

/**
 * Names for the results of a graph. The output's name is left out for the first of a stage's outputs with an
 * extension, unless it is a list: `table.csv`, `distilled.png` and `distilled.clipped.png`. Axes follow a comma:
 * `distilled,ipc=1.png`. Names are safe in a shell and in Python's `glob`; one that is too long, or that differs from
 * another in no more than case, ends in a digest.
 */
export function resultNames({
  instances,
  media,
}: Pick<InstanceGraph, 'instances' | 'media'>): ResultName {
  const extensionOf = (id: InstanceId, output: string): string =>
    media.get(instances.get(id)!.type.contract.outputs[output]!.media)!.extension;
  const stemOf = (id: InstanceId, output: string): string => {
    const {outputs} = instances.get(id)!.type.contract;
    const extension = extensionOf(id, output);
    const first = Object.keys(outputs).find(
      (name) => outputs[name]!.many !== true && extensionOf(id, name) === extension,
    );
    return plainText(first === output ? id : `${id}.${output}`);
  };
  const uses = new Map<string, number>();
  for (const [id, {type}] of instances) {
    for (const output of Object.keys(type.contract.outputs)) {
      const name = folded(stemOf(id, output), extensionOf(id, output));
      uses.set(name, (uses.get(name) ?? 0) + 1);
    }
  }
  return (id, output, number) => {
    const [stem, extension] = [stemOf(id, output), extensionOf(id, output)];
    const isClear = stem.length <= longest && uses.get(folded(stem, extension)) === 1;
    const digest = digestOf(`${id}.${output}`).slice(0, 8);
    const name = isClear ? stem : `${stem.slice(0, longest)}-${digest}`;
    return `${name}${number === undefined ? '' : `.${number}`}.${extension}`;
  };
}

/** In characters. File systems allow 255 bytes. */
const longest = 120;

/** `cell[ipc=1]/expert[seed=0]` as `cell,ipc=1_expert,seed=0`. */
function plainText(text: string): string {
  return text
    .replaceAll('[', ',')
    .replaceAll(/[\]"]/g, '')
    .replaceAll(/[^\p{L}\p{N}._=,+-]/gu, '_')
    .replace(/^[.-]/, '_');
}

/** File systems may not distinguish case. */
function folded(stem: string, extension: string): string {
  return `${stem}.${extension}`.toLowerCase();
}
