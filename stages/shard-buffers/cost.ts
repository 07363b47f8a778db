import type {CostModel} from '../../src/contract/cost.ts';
import {noWork} from '../shared/cost-facts.ts';

export const cost: CostModel = (_, {experts}) => {
  const bytes = experts!.reduce((sum, facts) => sum + (facts['bytes'] ?? NaN), 0);
  const {parameters, multiplyAdds, layers} = experts![0] ?? {};
  if (Number.isNaN(bytes)) return undefined;
  return {...noWork, bytes, facts: {parameters, multiplyAdds, layers}};
};
