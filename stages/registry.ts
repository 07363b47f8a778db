/** Every stage type there is. A new one is a folder beside these and a line here. */
import type {Contract} from '../src/contract/contract.ts';
import type {CostModels} from '../src/contract/cost.ts';
import type {Registry, StageType} from '../src/contract/registry.ts';
import type {StageRun} from '../src/contract/stage.ts';
import {contract as coreset} from './coreset/contract.ts';
import {contract as distill} from './distill/contract.ts';
import {contract as download} from './download/contract.ts';
import {contract as evaluate} from './evaluate/contract.ts';
import {contract as select} from './select/contract.ts';
import {contract as importBuffers} from './import-buffers/contract.ts';
import {contract as importSynthetic} from './import-synthetic/contract.ts';
import {contract as shardBuffers} from './shard-buffers/contract.ts';
import {contract as snapshot} from './snapshot/contract.ts';
import {contract as table} from './table/contract.ts';
import {contract as trainExpert} from './train-expert/contract.ts';
import {contract as zca} from './zca/contract.ts';

const stageTypes: readonly StageType[] = [
  stageType(download, () => import('./download/run.ts')),
  stageType(zca, () => import('./zca/run.ts')),
  stageType(trainExpert, () => import('./train-expert/run.ts')),
  stageType(shardBuffers, () => import('./shard-buffers/run.ts')),
  stageType(importBuffers, () => import('./import-buffers/run.ts')),
  stageType(importSynthetic, () => import('./import-synthetic/run.ts')),
  stageType(distill, () => import('./distill/run.ts')),
  stageType(snapshot, () => import('./snapshot/run.ts')),
  stageType(coreset, () => import('./coreset/run.ts')),
  stageType(evaluate, () => import('./evaluate/run.ts')),
  stageType(select, () => import('./select/run.ts')),
  stageType(table, () => import('./table/run.ts')),
];

export const registry: Registry = new Map(stageTypes.map((type) => [type.contract.type, type]));

/** What they are expected to cost. */
export async function loadCosts(): Promise<CostModels> {
  return (await import('./costs.ts')).costs;
}

/** Ties a contract to its code; inside the registry the parameters' types are forgotten. */
function stageType<C extends Contract>(
  contract: C,
  module: () => Promise<{readonly run: StageRun<C>}>,
): StageType {
  return {contract, load: async () => (await module()).run as unknown as StageRun<Contract>};
}
