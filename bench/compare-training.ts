import {parseArgs} from 'node:util';
import {compare, describeMachine, patienceOf, patienceOptions} from './compare.ts';
import {engineOptions} from './engine-choice.ts';
import {peersOf} from './peers.ts';
import {workloadOf, type TrainingWorkload} from './training-workloads.ts';

/** Measures workloads one after the other, in the number of rounds that the command line gives. */
export async function compareTraining(workloads: readonly TrainingWorkload[]): Promise<void> {
  const {values} = parseArgs({
    options: {
      ...engineOptions,
      ...patienceOptions,
      before: {type: 'string'},
      steps: {type: 'string'},
    },
  });
  const given = values.steps === undefined ? [] : ['--steps', values.steps];
  describeMachine();
  for (const {title, kind} of workloads) {
    const {batch, steps, whole} = workloadOf(kind, values.steps);
    await compare({
      title: `${title}: ConvNetD3, 32×32×3, ${steps} in a row`,
      engine: values,
      ours: ['training-ours', kind, ...given],
      peers: peersOf('training', [kind, String(batch), String(steps)]),
      patience: patienceOf(values),
      before: values.before,
      unit: 'batch',
      whole,
    });
  }
}
