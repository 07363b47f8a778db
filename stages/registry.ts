// Written by scripts/registry.mjs: run `npm run schemas`.
import type {CostModels} from '../src/contract/cost.ts';
import {registryOf, stageType, type Registry} from '../src/contract/registry.ts';
import {contract as coreset} from './coreset/contract.ts';
import {contract as distill} from './distill/contract.ts';
import {contract as download} from './download/contract.ts';
import {contract as evaluate} from './evaluate/contract.ts';
import {contract as importBuffers} from './import-buffers/contract.ts';
import {contract as importSynthetic} from './import-synthetic/contract.ts';
import {contract as select} from './select/contract.ts';
import {contract as shardBuffers} from './shard-buffers/contract.ts';
import {contract as snapshot} from './snapshot/contract.ts';
import {contract as table} from './table/contract.ts';
import {contract as trainExpert} from './train-expert/contract.ts';
import {contract as zca} from './zca/contract.ts';

/** Every stage type there is. */
export const registry: Registry = registryOf([
  stageType(coreset, () => import('./coreset/run.ts')),
  stageType(distill, () => import('./distill/run.ts')),
  stageType(download, () => import('./download/run.ts')),
  stageType(evaluate, () => import('./evaluate/run.ts')),
  stageType(importBuffers, () => import('./import-buffers/run.ts')),
  stageType(importSynthetic, () => import('./import-synthetic/run.ts')),
  stageType(select, () => import('./select/run.ts')),
  stageType(shardBuffers, () => import('./shard-buffers/run.ts')),
  stageType(snapshot, () => import('./snapshot/run.ts')),
  stageType(table, () => import('./table/run.ts')),
  stageType(trainExpert, () => import('./train-expert/run.ts')),
  stageType(zca, () => import('./zca/run.ts')),
]);

/** What they are expected to cost. */
export async function loadCosts(): Promise<CostModels> {
  return (await import('./costs.ts')).costs;
}
