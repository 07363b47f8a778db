/** The faults of buffers that several stage types find before anything runs. */
import type {Fault, KnownInput} from '../../src/contract/facts.ts';
import {expertCount, factsOf, type ExpertFacts} from './image-facts.ts';
import {batchNormalised} from './network-names.ts';

/** Buffers of several stages may be of experts of several kinds. */
export function bufferFaults(buffers: readonly KnownInput[]): readonly Fault[] {
  const [first] = buffers;
  const {model, epochs} = factsOf<ExpertFacts>(first);
  for (const [index, buffer] of buffers.entries()) {
    if (index === 0 || buffer === buffers[index - 1]) continue;
    const other = factsOf<ExpertFacts>(buffer);
    const pairs = [
      ['networks', model, other.model],
      ['numbers of epochs', epochs, other.epochs],
    ] as const;
    const differing = pairs.find(([, a, b]) => a !== undefined && b !== undefined && a !== b);
    if (differing === undefined) continue;
    const [what, a, b] = differing;
    const message = `The experts of \`${first!.instance}\` and \`${buffer.instance}\` have different ${what}: ${a!} and ${b!}.`;
    return [{input: 'buffers', message}];
  }
  return [];
}

/** Experts that cannot classify single images. */
export function statisticsFaults(buffers: readonly KnownInput[]): readonly Fault[] {
  const [first] = buffers;
  const {model} = factsOf<ExpertFacts>(first);
  if (model === undefined || !batchNormalised.includes(model)) return [];
  return [{input: 'buffers', message: missingStatistics(`\`${first!.instance}\``, model)}];
}

/** An epoch after which experts are asked that they do not have. @param param the name of the parameter */
export function epochFaults(
  param: string,
  epoch: number | undefined,
  buffers: KnownInput | undefined,
): readonly Fault[] {
  const {epochs} = factsOf<ExpertFacts>(buffers);
  if (epoch === undefined || epochs === undefined || epoch <= epochs) return [];
  const message = `epoch is ${epoch}, but the experts of \`${buffers!.instance}\` keep ${epochs} epochs.`;
  return [{param, message, suggestion: `epoch: ${epochs}`}];
}

/** More experts than there are. */
export function countFaults(
  param: string,
  asked: number | 'all' | undefined,
  buffers: readonly KnownInput[],
): readonly Fault[] {
  const experts = expertCount(buffers);
  if (asked === undefined || asked === 'all') return [];
  if (experts === undefined || asked <= experts) return [];
  const of = [...new Set(buffers.map(({instance}) => `\`${instance}\``))].join(' and ');
  const message = `${asked} experts are asked for, but there are ${experts} in ${of}.`;
  return [{param, message, suggestion: `experts: ${experts}`}];
}

/** That trajectories lack what a network with batch normalisation needs. @param where names the buffers */
export function missingStatistics(where: string, model: string): string {
  return `The experts of ${where} are of ${model}, which classifies images with the running statistics of its batch normalisations: buffers do not have them.`;
}
