/**
 * `npm run bench:student-step -- [--engine NAME [--software]] [--seconds N | --rounds N] [--config A,B,C] [--steps N]
 * [--before FOLDER]`: measures milliseconds per student step (gradient and adjoint) and peak memory, against plain
 * programs for PyTorch and JAX if they are installed, and against the built checkout of another commit in FOLDER. All
 * start from the same numbers.
 */
import {parseArgs} from 'node:util';
import {compare, describeMachine, patienceOf, patienceOptions} from './compare.ts';
import {classes, configurationOf, configurations, depth, stepSize} from './configurations.ts';
import {engineOptions} from './engine-choice.ts';
import {peersOf} from './peers.ts';

const {values} = parseArgs({
  options: {
    ...engineOptions,
    ...patienceOptions,
    before: {type: 'string'},
    config: {type: 'string', default: Object.keys(configurations).join()},
    steps: {type: 'string'},
  },
});

describeMachine();
for (const name of values.config.split(',')) {
  const {width, channels, size, batch, steps, repeats} = configurationOf(name, values.steps);
  const sizes = [width, channels, size, batch, steps, repeats, depth, classes, stepSize];
  await compare({
    title: `${name}: ConvNet width ${width}, depth ${depth}, batch ${batch} of ${size}×${size}×${channels}, ${steps} steps`,
    engine: values,
    ours: [
      'student-step-ours',
      name,
      ...(values.steps === undefined ? [] : ['--steps', values.steps]),
    ],
    peers: peersOf('student-step', sizes.map(String)),
    patience: patienceOf(values),
    before: values.before,
    unit: 'step',
  });
}
