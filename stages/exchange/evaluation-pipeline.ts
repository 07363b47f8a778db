import path from 'node:path';
import {ownProperty} from '../../src/base/own-property.ts';
import type {FindFileFault, ImportedFile, ImportedPipeline} from '../../src/contract/offers.ts';
import {readPicturesOf} from '../../src/learning/data/own/load-pictures-of.ts';
import {namedDatasets} from '../shared/named-datasets.ts';
import {recipeOf} from '../shared/protocols.ts';
import {controlsOf, rateOf, type EvaluationOptions} from './evaluation-options.ts';
import {evaluationText} from './evaluation-text.ts';
import {faultInFiles} from './fault-in-files.ts';
import {judgedSet, type JudgedSet} from './judged-set.ts';
import {missingStepSize, namedImages} from './known-options.ts';
import {setFault} from './set-fault.ts';

/** Takes a set in, trains networks on it and on the controls by a protocol, and makes a table. */
export const evaluationPipeline: ImportedPipeline = async (files, given) => {
  const options = given as unknown as EvaluationOptions;
  let set: JudgedSet | {readonly fault: string} | undefined;
  const unread = await faultInFiles(files, async () => {
    set = await judgedSet(files);
    return await Promise.resolve(undefined);
  });
  if (unread !== undefined) return {fault: unread};
  if ('fault' in set!) return set;
  const fault = optionFault(options) ?? setFaultOf(set!, options, files[0]!);
  if (fault !== undefined) return {fault};
  return evaluationText({
    set: set!,
    name: nameOf(files[0]!),
    ...options,
    dataset: datasetOf(set!, options)!,
  });
};

/** Says what is wrong with files of other programs, as far as that shows without the data set. */
export const evaluationFault: FindFileFault = async (files, given) => {
  const options = given as unknown as EvaluationOptions;
  const set = await judgedSet(files);
  if ('fault' in set || set.kind === 'own') return undefined;
  const known = {...given, dataset: options.dataset!};
  if (set.kind === 'official') {
    const stepSize = options.stepSize ?? (rateOf(options) === 'learned' ? undefined : 1);
    return await setFault(files, {...known, ...(stepSize !== undefined && {stepSize})});
  }
  const dataset = namedImages({...options, dataset: options.dataset!});
  if (dataset === undefined) return undefined;
  return await faultInFiles(files, async () => {
    await readPicturesOf(dataset, set.folder.path);
    return undefined;
  });
};

function optionFault(options: EvaluationOptions): string | undefined {
  const rate = rateOf(options);
  if (rate === undefined) {
    return `--learning-rate must be a number above 0, learned or search, got ${options.learningRate}.`;
  }
  const controls = controlsOf(options);
  if (typeof controls === 'string') {
    return `--controls must be random, all, or random,all, got ${options.controls}.`;
  }
  if (rate !== 'search' || options.heldOut !== undefined) return undefined;
  return 'A search chooses the learning rate on held-out images: --held-out 5000 sets as many training images aside.';
}

/** The data set of a set: the one that is named, or else the one that the file tells. */
function datasetOf(set: JudgedSet, {dataset}: EvaluationOptions): string | undefined {
  return dataset ?? (set.kind === 'own' ? set.dataset : undefined);
}

function setFaultOf(
  set: JudgedSet,
  options: EvaluationOptions,
  {name}: ImportedFile,
): string | undefined {
  const dataset = datasetOf(set, options);
  if (dataset === undefined) {
    return `${name} does not say of which data set it is: --dataset names it, such as --dataset cifar10.`;
  }
  const own = set.kind === 'own' ? ownFault(set, {...options, dataset}, name) : undefined;
  return own ?? softFault(set, options, name) ?? rateFault(set, options, name);
}

/** Soft labels are dropped only where somebody says so. */
function softFault(
  set: JudgedSet,
  {protocol, labels}: EvaluationOptions,
  name: string,
): string | undefined {
  if (set.kind === 'pictures' || !set.hasSoftLabels || labels !== undefined) return undefined;
  if (recipeOf(protocol, {model: ''}).labels === 'own') return undefined;
  return `${name} has soft labels, and the protocol ${protocol} trains with the class of each image alone: --labels hard drops them, --labels own keeps them, and datm and dd-ranking train with them.`;
}

/** A learned step size that nothing tells. */
function rateFault(set: JudgedSet, options: EvaluationOptions, name: string): string | undefined {
  if (options.stepSize !== undefined || rateOf(options) !== 'learned') return undefined;
  if (set.kind === 'own') return undefined;
  if (set.kind === 'pictures') {
    return `${name} holds pictures, which have no learned step size, and the protocol ${options.protocol} trains with one: --step-size gives it, or --learning-rate another rate.`;
  }
  const {labels, stepSize} = set.files;
  // A dictionary may have a step size, but not one that has labels of its own beside it.
  return labels.length > 0 && stepSize.length === 0 ? missingStepSize : undefined;
}

function ownFault(
  {dataset: own, shape, transform}: JudgedSet & {readonly kind: 'own'},
  {dataset, source, zca, stepSize}: EvaluationOptions & {readonly dataset: string},
  name: string,
): string | undefined {
  if (stepSize !== undefined) {
    return `${name} has a step size of its own, which --step-size does not replace: --learning-rate trains with another rate.`;
  }
  const named = ownProperty(namedDatasets, dataset);
  if (named === undefined && source === undefined) {
    return `${name} was made from ${own}, which is no named data set: --dataset images and --source say where its images are.`;
  }
  if (named !== undefined && named.isResized !== true) {
    const {side, channels} = named;
    if (own !== dataset) return `${name} was made from ${own}, not from ${dataset}.`;
    if (shape.height !== side || shape.channels !== channels) {
      return `The images of ${name} are ${shape.height}×${shape.width}×${shape.channels}, and those of ${dataset} ${side}×${side}×${channels}.`;
    }
  }
  if (transform === undefined && zca === undefined) {
    return `${name} does not say how its images were transformed: --zca or --no-zca does.`;
  }
  return undefined;
}

/** The name of a set in tables: its file, or the folder of pictures; a result of a run by its output. */
function nameOf({name}: ImportedFile): string {
  const {name: stem} = path.parse(name.replace(/[/\\]+$/, ''));
  return stem === '' || stem === '.' || stem === '..' ? 'set' : stem;
}
