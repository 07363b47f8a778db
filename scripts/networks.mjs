// Writes the list of networks from the files in src/learning/models/architectures, which must be built, and what contracts
// need to know of networks and data sets, since they may not see the learning library: src/learning/models/every-architecture.ts,
// stages/shared/network-names.ts and stages/shared/named-datasets.ts.
// Usage: node scripts/networks.mjs [--check]: with --check writes nothing and exits 1 if a list is stale.
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import * as prettier from 'prettier';
import {catalog} from '../dist/src/learning/data/catalog.js';
import {
  imagenetCounts,
  imagenetShape,
  imagenetSubsets,
} from '../dist/src/learning/data/catalog/imagenet.js';
import {ImageTooSmall} from '../dist/src/learning/models/layer.js';
import {fitModel} from '../dist/src/learning/models/model.js';

const root = new URL('../', import.meta.url);
const names = readdirSync(new URL('src/learning/models/architectures', root))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length))
  .sort();
const about = '// Written by scripts/networks.mjs: run `npm run schemas`.';

const modules = await Promise.all(
  names.map((name) => import(`../dist/src/learning/models/architectures/${name}.js`)),
);
const every = modules.flatMap(({architectures}) => Object.entries(architectures));
const networks = every.map(([network]) => network);
const doubled = networks.filter((network, i) => networks.indexOf(network) !== i);
if (doubled.length > 0) throw new Error(`Two architectures are called ${doubled.join(', ')}`);

/** The side of the smallest images that a network takes. */
function smallestSide(network, architecture, channels) {
  for (let side = 1; ; side++) {
    try {
      const input = {height: side, width: side, channels};
      fitModel(network, architecture({channels, classes: 10}), {input, classes: 10});
      return side;
    } catch (error) {
      if (!(error instanceof ImageTooSmall)) throw error;
    }
  }
}

const sides = every.map(([network, architecture]) => [
  network,
  [1, 3].map((channels) => smallestSide(network, architecture, channels)),
]);

/** The networks whose images see each other in a batch. */
const normalised = every.flatMap(([network, architecture]) => {
  const input = {height: 256, width: 256, channels: 3};
  const layers = architecture({channels: 3, classes: 10});
  const {statistics} = fitModel(network, layers, {input, classes: 10});
  return statistics.length > 0 ? [network] : [];
});

const datasets = Array.from(catalog, ([name, {shape, classes, counts, files}]) => [
  name,
  {
    images: counts.train,
    testImages: counts.test,
    side: shape.width,
    channels: shape.channels,
    classes: typeof classes === 'number' ? classes : classes.length,
    ...(files.kind === 'pictures' && files.resized && {isResized: true}),
  },
]);

const imagenet = {
  imagesPerClass: imagenetCounts.train.max,
  testImagesPerClass: imagenetCounts.test.max,
  side: imagenetShape.width,
  channels: imagenetShape.channels,
  classesOfSubset: Math.max(...Array.from(imagenetSubsets.values(), ({length}) => length)),
};

const written = {
  'src/learning/models/every-architecture.ts': `${about}
import type {Architectures} from './architecture.ts';
${names.map((name, i) => `import {architectures as from${i}} from './architectures/${name}.ts';`).join('\n')}

/** All networks by name. */
export const architectures: Architectures = {${names.map((_, i) => `...from${i}`).join(', ')}};
`,
  'stages/shared/network-names.ts': `${about}

/** The networks that can be named, with the side of the smallest images that each takes: grey ones, coloured ones. */
export const smallestSides: Readonly<Record<string, readonly [grey: number, coloured: number]>> = ${JSON.stringify(Object.fromEntries(sides))};

/** The names of all networks. */
export const networkNames = Object.keys(smallestSides);

/** The networks with batch normalisation, in which the images of a batch see each other. */
export const batchNormalised: readonly string[] = ${JSON.stringify(normalised)};
`,
  'stages/shared/named-datasets.ts': `${about}

import type {NamedDataset} from './named-dataset.ts';

/** The data sets that have names. */
export const namedDatasets: Readonly<Record<string, NamedDataset>> = ${JSON.stringify(Object.fromEntries(datasets))};

/** The images of ILSVRC 2012: at most these numbers for each class. */
export const imagenet = ${JSON.stringify(imagenet)};
`,
};

for (const [name, source] of Object.entries(written)) {
  const file = fileURLToPath(new URL(name, root));
  const options = await prettier.resolveConfig(file);
  const text = await prettier.format(source, {...options, parser: 'typescript', filepath: file});
  if (existsSync(file) && text === readFileSync(file, 'utf8')) continue;
  if (process.argv.includes('--check')) {
    console.error(`${name} is stale: run \`npm run schemas\`.`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, text);
  }
}
