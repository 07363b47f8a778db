/**
 * `npm run bench:iteration -- [--engine NAME [--software]] [--seconds N | --rounds N] [--config A] [--steps 10,50] [--iterations N]
 * [--alone]`: measures whole iterations of a distillation, with DSA and the update of the images, for each number of
 * steps, and the peak memory, which should grow by one set of parameters a step. PyTorch and JAX, which `--alone` leaves
 * out, do only the steps, the distance and the way back.
 */
import {parseArgs} from 'node:util';
import {compare, describeMachine, patienceOf, patienceOptions} from './compare.ts';
import {classes, configurationOf, depth, stepSize} from './configurations.ts';
import {engineOptions} from './engine-choice.ts';
import {peersOf} from './peers.ts';

const {values} = parseArgs({
  options: {
    ...engineOptions,
    ...patienceOptions,
    config: {type: 'string', default: 'A'},
    steps: {type: 'string', default: '10,50'},
    iterations: {type: 'string', default: '1'},
    alone: {type: 'boolean', default: false},
  },
});
const {config, iterations} = values;
describeMachine();
for (const steps of values.steps.split(',')) {
  const {width, channels, size, batch} = configurationOf(config);
  const sizes = [width, channels, size, batch, steps, iterations, depth, classes, stepSize];
  await compare({
    title: `An iteration of ${steps} steps: ConvNet width ${width}, depth ${depth}, batch ${batch} of ${size}×${size}×${channels}`,
    engine: values,
    ours: ['iteration-ours', config, '--steps', steps, '--iterations', iterations],
    peers: values.alone ? [] : peersOf('student-step', sizes.map(String)),
    patience: patienceOf(values),
    unit: 'step',
    whole: {name: 'an iteration', batches: Number(steps)},
  });
}
