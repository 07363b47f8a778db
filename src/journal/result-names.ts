import {digestOf} from '../base/digest.ts';
import type {Instance, InstanceGraph, InstanceId} from '../pipeline/graph/instance.ts';

/** The name of a result file: the output's, the number of the artifact in a list, and the extension. */
export type ResultName = (instance: InstanceId, output: string, number?: number) => string;

/**
 * Names for the results of a graph. The output's name is left out for the first of a stage's outputs with an
 * extension, unless it is a list: `table.csv`, `distilled.png` and `distilled.clipped.png`. Axes follow a comma:
 * `distilled,ipc=1.png`. Names are safe in a shell and in Python's `glob`; one that is too long, or that differs from
 * another in no more than case, ends in a digest.
 * @param results the outputs that get names, by instance
 */
export function resultNames(
  {instances, media}: Pick<InstanceGraph, 'instances' | 'media'>,
  results: ReadonlyMap<InstanceId, readonly string[]>,
): ResultName {
  const endings = new Map<Outputs, ReadonlyMap<string, Ending>>();
  const endingsOf = ({contract: {outputs}}: Instance['type']): ReadonlyMap<string, Ending> => {
    let known = endings.get(outputs);
    if (known === undefined) {
      known = endingsIn(outputs, media);
      endings.set(outputs, known);
    }
    return known;
  };
  // There may be very many instances: what is the same for all outputs of one, or for all of a type, is done once.
  const uses = new Map<string, number>();
  for (const [id, outputs] of results) {
    const start = plainText(id);
    const known = endingsOf(instances.get(id)!.type);
    for (const output of outputs) {
      const {addition, extension} = known.get(output)!;
      const name = folded(start + addition, extension);
      uses.set(name, (uses.get(name) ?? 0) + 1);
    }
  }
  return (id, output, number) => {
    const {addition, extension} = endingsOf(instances.get(id)!.type).get(output)!;
    const stem = plainText(id) + addition;
    const isClear = stem.length <= longest && uses.get(folded(stem, extension)) === 1;
    const digest = digestOf(`${id}.${output}`).slice(0, 8);
    const name = isClear ? stem : `${stem.slice(0, longest)}-${digest}`;
    return `${name}${number === undefined ? '' : `.${number}`}.${extension}`;
  };
}

type Outputs = Instance['type']['contract']['outputs'];

/** What follows an instance's name in that of an output. */
interface Ending {
  /** The output's name after a dot, or nothing. Names of outputs are plain. */
  readonly addition: string;
  readonly extension: string;
}

function endingsIn(outputs: Outputs, media: InstanceGraph['media']): ReadonlyMap<string, Ending> {
  const endings = new Map<string, Ending>();
  const seen = new Set<string>();
  for (const [output, {media: name, many}] of Object.entries(outputs)) {
    const {extension} = media.get(name)!;
    const isFirst = many !== true && !seen.has(extension);
    if (isFirst) seen.add(extension);
    endings.set(output, {addition: isFirst ? '' : `.${output}`, extension});
  }
  return endings;
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
