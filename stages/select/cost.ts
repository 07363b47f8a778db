import type {CostModel} from '../../src/contract/cost.ts';
import {finalBytes, noWork, smallBytes} from '../shared/cost-facts.ts';
import {factsOf, type SetFacts} from '../shared/image-facts.ts';

export const cost: CostModel = (_, {snapshots}) => {
  const bytes = finalBytes(factsOf<SetFacts>(snapshots![0]));
  return bytes === undefined ? undefined : {...noWork, bytes: bytes + smallBytes};
};
