import {pathToFileURL} from 'node:url';
import {quoteWord} from '../../../src/base/quote-word.ts';
import {visibleJson, visibleLine} from '../../../src/base/visible.ts';
import {imagesShape, type SyntheticSet} from '../../../src/learning/data/synthetic.ts';
import {namedDatasets} from '../../shared/named-datasets.ts';
import type {Normalisation} from './normalisation.ts';
import {networkDepth, pytorchProgram, usableRate} from './pytorch-program.ts';

/** The names of the pictures of a set, and the treatment of its pixels. */
export interface WrittenPictures {
  /** The name of the set where it was found. */
  readonly from: string;
  /** The folder, as an absolute path. */
  readonly place: string;
  /** The names of the classes in tables, by label. */
  readonly titles: readonly string[];
  /** The number of values that were clipped. */
  readonly clipped: number;
  readonly normalisation: Normalisation;
}

/** The file `README.md` beside pictures: what they are, and how to train on them. */
export function readmeText(set: SyntheticSet, written: WrittenPictures): string {
  const {height, width, channels} = imagesShape(set);
  const colours = channels === 1 ? 'grey' : 'RGB';
  return `# Pictures of a synthetic set

${set.count} pictures of ${height} × ${width} pixels, ${colours}, of ${set.classes.length} classes. They stand for a whole data set: a network that is
trained on them classifies its images. \`pipeline export pictures\` of Distillery wrote them.

\`\`\`text
${originLines(set, written.from).join('\n')}
\`\`\`

${pixelsText(set, written)}

## Files

Each class has a folder. Its name begins with the number of the class, counted from 0. \`metadata.jsonl\` has a line for each
picture, in the order of the set: \`file_name\`, \`label\` (the name of the class), \`class\` (its number)${set.targets ? softText : '.'}

## Learning rate

${rateText(set)}

## Train on them in PyTorch

Run this program in this folder. It needs PyTorch, NumPy and Pillow.

\`\`\`python
${pytorchProgram(set, written.normalisation)}\`\`\`

${normalisationText(written.normalisation)} \`prepare\` does the same to test images, as bytes [n, height, width, channels].

## Train on them in Distillery

${distilleryText(set, written.place)}

## Load them with Hugging Face's datasets

\`\`\`python
from datasets import load_dataset

pictures = load_dataset("imagefolder", data_dir=".", split="train")
\`\`\`

## Classes

\`\`\`text
${written.titles.map((title, label) => `${label} ${visibleJson(title)}`).join('\n')}
\`\`\`
`;
}

const softText = ` and
\`soft_label\`: what a network should answer, as the probability of each class in the order below. The folder is that of the
picture's own class, whatever its soft label says.`;

/** Where a set comes from; a line for each fact. */
function originLines(set: SyntheticSet, from: string): readonly string[] {
  const {name, source, iteration, provenance} = set;
  const facts = {
    set: from,
    'data set': name,
    'digest of its source': source,
    ...(iteration !== undefined && {updates: String(iteration)}),
    ...provenance,
  };
  return Object.entries(facts).map(([fact, text]) => visibleLine(`${fact}: ${text}`));
}

function pixelsText(set: SyntheticSet, {clipped}: WrittenPictures): string {
  const all = set.pixels.length;
  const share = ((100 * clipped) / all).toFixed(1);
  const shown = isTransformed(set)
    ? 'The pictures are shown as the data set is, not as networks saw them: the normalisation or whitening is undone. '
    : '';
  return `${shown}A picture has only values 0 … 1,
in 256 steps: ${clipped} of the ${all} values (${share} %) were outside and were clipped, and all were rounded. The exact
numbers, and the images as networks saw them: \`pipeline export pt\`.`;
}

function rateText(set: SyntheticSet): string {
  const {stepSize} = set;
  const usable = stepSize > 0 ? '' : ' It is not positive, so the program below takes 0.01.';
  const applies = isTransformed(set)
    ? `It fits images as networks saw them, which ${set.transform?.kind === 'zca' ? 'are whitened (ZCA)' : 'are normalised'}; for pictures, try others, too.`
    : 'It fits the pictures as they are, divided by 255.';
  return `The learning rate of the set is ${stepSize}.${usable} ${applies}`;
}

function isTransformed({transform, transformDigest}: SyntheticSet): boolean {
  return transform !== undefined || transformDigest !== undefined;
}

function normalisationText({of}: Normalisation): string {
  if (of === 'nothing') return 'The pictures are only divided by 255, as networks saw them.';
  const whose = of === 'data set' ? "the data set's training images" : 'these pictures';
  return `The pictures are normalised by the mean and standard deviation of ${whose}.`;
}

/** As a set of a data set, and as data of their own. */
function distilleryText(set: SyntheticSet, place: string): string {
  if (set.canvas !== undefined) {
    return `These pictures are textures: networks see windows of them. \`evaluate\` draws the windows from the set itself, its input
\`synthetic\`.`;
  }
  return `This command trains networks on the pictures, and evaluates them on the test images of the data set:

\`\`\`sh
${evaluateCommand(set, place)}
\`\`\`

It trains on classes${set.targets ? ', not on soft labels' : ''}. \`pipeline evaluate\` of the set itself trains on exact numbers${set.targets ? ' and soft labels' : ''}.

As data of their own, of which a test split can be taken:

${ownDataText(set, place)}`;
}

function evaluateCommand(set: SyntheticSet, place: string): string {
  const isKnown = Object.hasOwn(namedDatasets, set.name);
  const words = ['pipeline', 'evaluate', place, '--dataset', isKnown ? set.name : 'images'];
  // A set does not know where data of the user's lie.
  if (!isKnown) words.push('--source', 'file:///path/to/the/data');
  if (set.transform?.kind === 'zca') words.push('--zca');
  words.push('--step-size', String(usableRate(set)));
  return words.map((word) => quoteWord(visibleLine(word))).join(' ');
}

function ownDataText(set: SyntheticSet, place: string): string {
  const {classes, labels, shape} = set;
  const counts = classes.map((_, label) => labels.filter((each) => each === label).length);
  const isShared = counts.every((count) => count !== 1);
  const share = isShared ? ', testShare: 0.2' : '';
  const tested = isShared
    ? '`testShare` takes a fifth of each class to test on. Better'
    : 'A class has a single picture, so that none is left to test on';
  return `\`\`\`yaml
stages:
  pictures:
    uses: download
    with: {dataset: images, source: ${visibleJson(pathToFileURL(place).href)}${share}}
  normalised: {uses: zca, inputs: {dataset: pictures.dataset}, with: {method: standardise}}
  scores:
    uses: evaluate
    inputs: {dataset: normalised.dataset}
    with: {trainOn: dataset, model: ConvNetD${Math.max(1, networkDepth(shape))}, learningRate: ${usableRate(set)}, epochs: 100}
\`\`\`

${tested}: put test pictures into a folder \`test\`, with lines in \`metadata.jsonl\`:
\`{"file_name": "test/a.png", "label": "…"}\`${isShared ? ', and leave `testShare` out' : ''}.`;
}
