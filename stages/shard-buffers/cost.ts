import type {CostModel} from '../../src/contract/cost.ts';
import {workOf} from '../shared/cpu-figures.ts';
import {noWork, trajectoryBytes} from '../shared/cost-facts.ts';
import {factsOf, type ExpertFacts} from '../shared/image-facts.ts';

export const cost: CostModel = (_, {experts}) => {
  const each = experts!.map((expert) => trajectoryBytes(factsOf<ExpertFacts>(expert)));
  if (each.includes(undefined)) return undefined;
  const bytes = each.reduce<number>((sum, bytes) => sum + bytes!, 0);
  return {...noWork, work: workOf({disk: bytes}), bytes};
};
