/** `npm run bench:expert-epoch -- [--rounds N] [--before FOLDER]`: how long an expert trains, against a plain PyTorch script. */
import {compareTraining} from './compare-training.ts';
import {expertEpoch} from './training-workloads.ts';

await compareTraining([expertEpoch]);
