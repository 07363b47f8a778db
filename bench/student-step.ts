/**
 * `npm run bench:student-step -- [--rounds N] [--config A,B,C] [--before FOLDER]`: measures milliseconds per student
 * step (gradient and adjoint) and peak memory, against a plain PyTorch script if PyTorch is installed, and against the
 * built checkout of another commit in FOLDER. All start from the same numbers.
 */
import {parseArgs} from 'node:util';
import {compare, describeMachine} from './compare.ts';
import {classes, configurations, depth, stepSize} from './configurations.ts';

const {values} = parseArgs({
  options: {
    rounds: {type: 'string', default: '5'},
    before: {type: 'string'},
    config: {type: 'string', default: Object.keys(configurations).join()},
  },
});

describeMachine();
for (const name of values.config.split(',')) {
  const configuration = configurations[name];
  if (configuration === undefined) throw new Error(`There is no configuration ${name}`);
  const {width, channels, size, batch, steps, repeats} = configuration;
  const sizes = [width, channels, size, batch, steps, repeats, depth, classes, stepSize];
  const args = sizes.map(String);
  await compare({
    title: `${name}: ConvNet width ${width}, depth ${depth}, batch ${batch} of ${size}×${size}×${channels}`,
    ours: ['student-step-ours', name],
    theirs: ['student-step', ...args],
    rounds: Number(values.rounds),
    before: values.before,
    unit: 'step',
  });
}
