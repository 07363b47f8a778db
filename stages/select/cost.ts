import type {CostModel} from '../../src/contract/cost.ts';
import {finalBytes, noWork, smallBytes} from '../shared/cost-facts.ts';

export const cost: CostModel = (_, {snapshots}) => {
  const set = snapshots![0] ?? {};
  if (set['setBytes'] === undefined) return undefined;
  return {...noWork, bytes: finalBytes(set) + smallBytes, facts: set};
};
