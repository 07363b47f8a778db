// Written by scripts/registry.mjs: run `npm run schemas`.
import type {CostModels} from '../src/contract/cost.ts';
import {defineStageType, registryOf, type Registry} from '../src/contract/registry.ts';
import {contract as coreset} from './coreset/contract.ts';
import {contract as distill} from './distill/contract.ts';
import {contract as download} from './download/contract.ts';
import {contract as evaluate} from './evaluate/contract.ts';
import {contract as importBuffers} from './import-buffers/contract.ts';
import {contract as importPictures} from './import-pictures/contract.ts';
import {contract as importSynthetic} from './import-synthetic/contract.ts';
import {contract as label} from './label/contract.ts';
import {contract as matchDistributions} from './match-distributions/contract.ts';
import {contract as matchGradients} from './match-gradients/contract.ts';
import {contract as probe} from './probe/contract.ts';
import {contract as select} from './select/contract.ts';
import {contract as shardBuffers} from './shard-buffers/contract.ts';
import {contract as snapshot} from './snapshot/contract.ts';
import {contract as table} from './table/contract.ts';
import {contract as trainExpert} from './train-expert/contract.ts';
import {contract as zca} from './zca/contract.ts';

/** The built-in stage types. */
export const registry: Registry = registryOf([
  defineStageType(coreset, () => import('./coreset/run.ts')),
  defineStageType(distill, () => import('./distill/run.ts')),
  defineStageType(download, () => import('./download/run.ts')),
  defineStageType(evaluate, () => import('./evaluate/run.ts')),
  defineStageType(importBuffers, () => import('./import-buffers/run.ts')),
  defineStageType(importPictures, () => import('./import-pictures/run.ts')),
  defineStageType(importSynthetic, () => import('./import-synthetic/run.ts')),
  defineStageType(label, () => import('./label/run.ts')),
  defineStageType(matchDistributions, () => import('./match-distributions/run.ts')),
  defineStageType(matchGradients, () => import('./match-gradients/run.ts')),
  defineStageType(probe, () => import('./probe/run.ts')),
  defineStageType(select, () => import('./select/run.ts')),
  defineStageType(shardBuffers, () => import('./shard-buffers/run.ts')),
  defineStageType(snapshot, () => import('./snapshot/run.ts')),
  defineStageType(table, () => import('./table/run.ts')),
  defineStageType(trainExpert, () => import('./train-expert/run.ts')),
  defineStageType(zca, () => import('./zca/run.ts')),
]);

/** The cost models of the built-in stage types. */
export async function loadCosts(): Promise<CostModels> {
  return (await import('./costs.ts')).costs;
}
