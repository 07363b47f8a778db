/**
 * `npm run bench:evaluate -- [--rounds N] [--before FOLDER]`: how long a network trains on ten images, and how long testing it takes,
 * against a plain PyTorch script.
 */
import {compareTraining} from './compare-training.ts';
import {evaluation} from './training-workloads.ts';

await compareTraining(evaluation);
