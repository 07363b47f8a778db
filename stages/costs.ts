// Written by scripts/registry.mjs: run `npm run schemas`.
import type {CostModels} from '../src/contract/cost.ts';
import {cost as coreset} from './coreset/cost.ts';
import {cost as distill} from './distill/cost.ts';
import {cost as download} from './download/cost.ts';
import {cost as evaluate} from './evaluate/cost.ts';
import {cost as label} from './label/cost.ts';
import {cost as matchDistributions} from './match-distributions/cost.ts';
import {cost as matchGradients} from './match-gradients/cost.ts';
import {cost as probe} from './probe/cost.ts';
import {cost as select} from './select/cost.ts';
import {cost as shardBuffers} from './shard-buffers/cost.ts';
import {cost as snapshot} from './snapshot/cost.ts';
import {cost as table} from './table/cost.ts';
import {cost as trainExpert} from './train-expert/cost.ts';
import {cost as zca} from './zca/cost.ts';
import {findFacts as findDownloadFacts} from './download/find-facts.ts';
import {sharedWork, usualSpeeds} from './shared/cpu-figures.ts';
import {figuresGpu, gpuFiguresCaveat, gpuFiguresSource} from './shared/gpu-figures.ts';

/** Cost models for stages of which no similar one ever ran. gpu-figures.ts and cpu-figures.ts have the sources of the figures. */
export const costs: CostModels = {
  of: new Map([
    ['coreset', coreset],
    ['distill', distill],
    ['download', download],
    ['evaluate', evaluate],
    ['label', label],
    ['match-distributions', matchDistributions],
    ['match-gradients', matchGradients],
    ['probe', probe],
    ['select', select],
    ['shard-buffers', shardBuffers],
    ['snapshot', snapshot],
    ['table', table],
    ['train-expert', trainExpert],
    ['zca', zca],
  ]),
  findFacts: new Map([['download', findDownloadFacts]]),
  source: gpuFiguresSource,
  caveat: gpuFiguresCaveat,
  gpu: figuresGpu,
  usualSpeeds,
  shared: sharedWork,
};
