/**
 * `npm run bench:zca -- [--seconds N | --rounds N] [--images N] [--before FOLDER]`: measures ZCA whitening of images of the size of
 * CIFAR-10, fitted to 50,000 and applied to 60,000, against numpy with OpenBLAS.
 */
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {parseArgs} from 'node:util';
import {compare, describeMachine, patienceOf, patienceOptions} from './compare.ts';
import {cloudyImages} from './cloudy-images.ts';

const {values} = parseArgs({
  options: {
    ...patienceOptions,
    images: {type: 'string', default: '50000'},
    before: {type: 'string'},
  },
});
const fitted = Number(values.images);
const applied = Math.round(1.2 * fitted);
describeMachine(['numpy']);
const folder = await mkdtemp(path.join(tmpdir(), 'bench-zca-'));
try {
  const file = path.join(folder, 'images');
  await writeFile(file, cloudyImages(applied));
  await compare({
    title: `ZCA of 32×32×3: fitted to ${fitted} images, applied to ${applied}`,
    engine: {engine: 'wasm', software: false},
    ours: ['zca-ours', file, String(fitted)],
    peers: [
      {name: 'numpy with OpenBLAS', module: 'numpy', script: 'zca', args: [file, String(fitted)]},
    ],
    patience: patienceOf(values),
    before: values.before,
    unit: 'transform',
  });
} finally {
  await rm(folder, {recursive: true});
}
