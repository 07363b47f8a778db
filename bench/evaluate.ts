/**
 * `npm run bench:evaluate -- [--rounds N] [--before FOLDER]`: measures training a network on ten images, and testing
 * it, against a plain PyTorch script.
 */
import {compareTraining} from './compare-training.ts';
import {evaluation} from './training-workloads.ts';

await compareTraining(evaluation);
