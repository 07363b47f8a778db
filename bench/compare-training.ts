import {parseArgs} from 'node:util';
import {compare, describeMachine} from './compare.ts';
import type {TrainingWorkload} from './training-workloads.ts';

/** Measures workloads one after the other, in the number of rounds that the command line gives. */
export async function compareTraining(workloads: readonly TrainingWorkload[]): Promise<void> {
  const {values} = parseArgs({
    options: {rounds: {type: 'string', default: '5'}, before: {type: 'string'}},
  });
  describeMachine();
  for (const {title, kind, batch, steps, whole} of workloads) {
    await compare({
      title: `${title}: ConvNetD3, 32×32×3`,
      ours: ['training-ours', kind],
      theirs: ['training', kind, String(batch), String(steps)],
      rounds: Number(values.rounds),
      before: values.before,
      unit: 'batch',
      whole,
    });
  }
}
