import type {CostModel} from '../../src/contract/cost.ts';
import {noWork, smallBytes} from '../shared/cost-facts.ts';

export const cost: CostModel = () => ({...noWork, bytes: 5 * smallBytes});
