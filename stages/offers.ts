import type {Drawing, Offers} from '../src/contract/offers.ts';
import {engines} from '../src/tensor/engines/engines.ts';
import {evaluation} from './exchange/evaluation.ts';
import {imports} from './exchange/imports.ts';

/** The meanings of the official program's names for pictures and histograms. */
const titles = {
  Synthetic_Images: 'raw, as networks see them',
  'Clipped_Synthetic_Images/std_2.5': 'raw, clipped at 2.5 σ',
  Reconstructed_Images: 'transform undone',
  'Clipped_Reconstructed_Images/std_2.5': 'transform undone, clipped at 2.5 σ',
  Synthetic_Pixels: 'raw',
  'Clipped_Synthetic_Pixels/std_2.5': 'raw, clipped at 2.5 σ',
  Reconstructed_Pixels: 'transform undone',
  'Clipped_Reconstructed_Pixels/std_2.5': 'transform undone, clipped at 2.5 σ',
};

const drawings: ReadonlyMap<string, Drawing> = new Map<string, Drawing>([
  ['metrics', {kind: 'points'}],
  ['histograms', {kind: 'points', titles}],
  ['pictures', {kind: 'points', titles}],
  ['synthetic', {kind: 'captions', load: () => import('./exchange/read-captions.ts')}],
  [
    'scores',
    {
      kind: 'trials',
      headline: {column: 'accuracy', best: 'highest'},
      load: () => import('./exchange/read-scores.ts'),
    },
  ],
]);

/** The knowledge about learning that the runner gets. */
export const offers: Offers = {
  engines,
  drawings,
  // The official program's, so that both can be drawn in one chart. A row of iteration i describes the set before update
  // i, which i − 1 updates made: its step is i − 1, as it is for snapshots and scores of the same set.
  curves: {
    stepColumn: 'iteration',
    shift: -1,
    names: {loss: 'Grand_Loss', startEpoch: 'Start_Epoch', stepSize: 'Synthetic_LR'},
    scores: {
      mean: 'Accuracy',
      deviation: 'Std',
      bestMean: 'Max_Accuracy',
      bestDeviation: 'Max_Std',
    },
  },
  nextSteps: new Map([
    [
      'synthetic',
      {before: ['export', 'pt'], after: ['-o', 'set'], purpose: 'use the set in PyTorch'},
    ],
  ]),
  loadCalibration: () => import('./shared/calibration.ts'),
  loadPtExporter: () => import('./exchange/export-pt.ts'),
  exports: [
    {
      name: 'pictures',
      description:
        'write the images of a synthetic set as PNGs in class folders, as an ImageFolder',
      examples: [
        'pipeline export pictures distilled.synthetic -o pictures',
        'pipeline export pictures distilled.snapshots -o snapshots',
      ],
      load: async () => {
        const {exportPictures} = await import('./exchange/pictures/export-pictures.ts');
        return {exportFolders: exportPictures};
      },
    },
  ],
  imports,
  evaluation,
  // A table of scores.
  leaderboards: {
    media: 'scores',
    stage: 'leaderboard',
    load: () => import('./exchange/sweep-text.ts'),
  },
};
