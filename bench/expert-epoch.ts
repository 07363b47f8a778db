/**
 * `npm run bench:expert-epoch -- [--rounds N] [--before FOLDER]`: measures training an expert, against a plain PyTorch
 * script.
 */
import {compareTraining} from './compare-training.ts';
import {expertEpoch} from './training-workloads.ts';

await compareTraining([expertEpoch]);
