/**
 * `npm run bench:expert-epoch -- [--engine NAME [--software]] [--seconds N | --rounds N] [--steps N] [--before FOLDER]`: measures
 * training an expert, against plain programs for PyTorch and JAX.
 */
import {compareTraining} from './compare-training.ts';
import {expertEpoch} from './training-workloads.ts';

await compareTraining([expertEpoch]);
