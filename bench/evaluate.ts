/**
 * `npm run bench:evaluate -- [--engine NAME [--software]] [--seconds N | --rounds N] [--steps N] [--before FOLDER]`: measures training a
 * network on ten images, and testing it, against plain programs for PyTorch and JAX.
 */
import {compareTraining} from './compare-training.ts';
import {evaluation} from './training-workloads.ts';

await compareTraining(evaluation);
