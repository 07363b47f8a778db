import type {Given} from '../../src/contract/contract.ts';
import type {Fault} from '../../src/contract/facts.ts';
import {factsOf, imagesOf, type ScoreFacts, type SetFacts} from '../shared/image-facts.ts';
import {differenceOf} from '../shared/image-faults.ts';

type Asked = Given<
  {readonly split: string; readonly model?: string},
  'scores' | 'snapshots' | 'transform'
>;

export function facts({inputs: {snapshots}}: Asked): SetFacts {
  return {data: imagesOf(snapshots[0]), ...factsOf<SetFacts>(snapshots[0])};
}

export function check({params, inputs}: Asked): readonly Fault[] {
  return [...scoreFaults(params, inputs), ...transformFaults(inputs)];
}

/** Faults only if all scores are known: those of others may be what is asked for. */
function scoreFaults({split, model}: Asked['params'], {scores}: Asked['inputs']): readonly Fault[] {
  const [models, splits] = [new Set<string>(), new Set<string>()];
  for (const input of scores) {
    const score = factsOf<ScoreFacts>(input);
    if (score.model === undefined || score.split === undefined) return [];
    models.add(score.model);
    if ((model ?? score.model) === score.model) splits.add(score.split);
  }
  if (model !== undefined && !models.has(model)) {
    const message = `None of the scores is of ${model}; they are of ${[...models].join(', ')}.`;
    return [{param: 'model', message}];
  }
  if (model === undefined && models.size > 1) {
    const message = `The scores are of several networks: \`model\` must say by which to pick, one of ${[...models].join(', ')}.`;
    return [{param: 'model', message}];
  }
  if (splits.has(split)) return [];
  const message = `None of the scores is of ${split} images; they are of ${[...splits].join(', ')} images.`;
  return [{param: 'split', message}];
}

function transformFaults({snapshots, transform}: Asked['inputs']): readonly Fault[] {
  const differing = differenceOf(imagesOf(snapshots[0]), imagesOf(transform[0]));
  if (differing === undefined) return [];
  const message = `The transform is not that of the snapshots: ${differing}. Both must come from the same zca stage.`;
  return [{input: 'transform', message}];
}
