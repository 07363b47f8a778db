import path from 'node:path';
import {ownProperty} from '../../src/base/own-property.ts';
import type {
  FindFileFault,
  ImportedFile,
  ImportedPipeline,
  ImportFault,
  RecalledResult,
} from '../../src/contract/offers.ts';
import {readPicturesOf} from '../../src/learning/data/own/load-pictures-of.ts';
import {namedDatasets} from '../shared/named-datasets.ts';
import {heldOutOf} from '../shared/held-out-source.ts';
import {recipeOf} from '../shared/protocols.ts';
import {bufferFault} from './buffer-fault.ts';
import {controlsOf, labelsOf, rateOf, type EvaluationOptions} from './evaluation-options.ts';
import {evaluationText, type Evaluation} from './evaluation-text.ts';
import {askedLabels, hasSoftLabels, labelsRandom} from './evaluation-trained.ts';
import {faultInFiles} from './fault-in-files.ts';
import {judgedSet, type JudgedSet} from './judged-set.ts';
import {missingStepSize, namedImages} from './known-options.ts';
import {setFault} from './set-fault.ts';
import {teacherFiles, type TeacherFiles} from './teacher-files.ts';

/** Takes a set in, trains networks on it and on the controls by a protocol, and makes a table. */
export const evaluationPipeline: ImportedPipeline = async (files, given, recalled = []) => {
  const options = given as unknown as EvaluationOptions;
  const {named, teacher} = sortByOption(files);
  let set: JudgedSet | {readonly fault: string} | undefined;
  let experts: TeacherFiles | {readonly fault: string} | undefined;
  const unread = await faultInFiles(files, async () => {
    set = await judgedSet(named);
    if (teacher.length > 0) experts = await teacherFiles(teacher);
    return undefined;
  });
  if (unread !== undefined) return {fault: unread};
  if ('fault' in set!) return set;
  if (experts !== undefined && 'fault' in experts) return experts;
  const {name} = named[0]!;
  const fault = optionFault(options) ?? setFaultOf(set!, options, name);
  if (fault !== undefined) return {fault};
  const heldOutThen = set!.kind === 'own' ? heldOutOf(set!.source, digestsOf(recalled)) : undefined;
  const evaluation = {
    ...options,
    set: set!,
    name: nameOf(name),
    dataset: datasetOf(set!, options)!,
    ...(experts && {experts}),
    ...(heldOutThen !== undefined && {heldOutThen}),
  };
  return (
    heldOutFault(evaluation, name) ?? teacherFault(evaluation, name) ?? evaluationText(evaluation)
  );
};

/** The files of the set, and those of the teacher. */
function sortByOption(files: readonly ImportedFile[]): {
  readonly named: readonly ImportedFile[];
  readonly teacher: readonly ImportedFile[];
} {
  const of = (wanted: string | undefined): readonly ImportedFile[] =>
    files.filter(({option}) => option === wanted);
  return {named: of(undefined), teacher: of('teacher')};
}

/** The digests of data sets that were downloaded, before images were held out. */
function digestsOf(downloads: readonly RecalledResult[]): readonly string[] {
  return downloads.flatMap(({provenance: {digest}}) => (typeof digest === 'string' ? digest : []));
}

/** Says what is wrong with files of other programs, as far as that shows without the data set. */
export const evaluationFault: FindFileFault = async (files, given) => {
  const options = given as unknown as EvaluationOptions;
  const {named, teacher} = sortByOption(files);
  const set = await judgedSet(named);
  if ('fault' in set) return undefined;
  const dataset = datasetOf(set, options)!;
  const known = {...given, dataset};
  const experts = teacher.length > 0 ? await teacherFiles(teacher) : undefined;
  if (experts !== undefined && 'kind' in experts && experts.kind === 'official') {
    const model = options.teacherModel ?? options.model;
    const fault = await bufferFault(teacher, {...known, model});
    if (fault !== undefined) return fault;
  }
  if (set.kind === 'own') return undefined;
  if (set.kind === 'official') {
    const stepSize = options.stepSize ?? (rateOf(options) === 'learned' ? undefined : 1);
    return await setFault(named, {...known, ...(stepSize !== undefined && {stepSize})});
  }
  const images = namedImages({...options, dataset});
  if (images === undefined) return undefined;
  return await faultInFiles(named, async () => {
    await readPicturesOf(images, set.folder.path);
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
  if (typeof labelsOf(options) === 'string') {
    return `--labels must be own, hard or teacher, several as in own,hard, or both, got ${options.labels}.`;
  }
  if (rate !== 'search' || options.heldOut !== undefined) return undefined;
  return 'A search chooses the learning rate on held-out images: --held-out 5000 sets as many training images aside.';
}

/** A set that was made with other held-out images than are asked for; as far as earlier downloads tell. */
function heldOutFault({heldOut, heldOutThen}: Evaluation, name: string): ImportFault | undefined {
  if (heldOut === undefined || heldOutThen === undefined || heldOut === heldOutThen)
    return undefined;
  const fault =
    heldOutThen === 0
      ? `${name} was made without held-out images: it has seen all training images, so none of them can be held out of its evaluation.`
      : `${name} was made with ${heldOutThen} images held out, and has seen some of other ones: --held-out ${heldOutThen}.`;
  return {fault, argument: `--held-out ${heldOut}`};
}

/** A teacher that is missing, that has nothing to label, or that was trained on other images. */
function teacherFault(evaluation: Evaluation, name: string): ImportFault | undefined {
  const {set, labels, teacher, experts, teacherModel, model} = evaluation;
  const asked = askedLabels(evaluation).includes('teacher');
  if (experts === undefined) {
    if (!asked) return undefined;
    const fault = '--labels teacher needs the experts that label: --teacher names them.';
    return {fault, argument: `--labels ${labels}`};
  }
  const argument = `--teacher ${teacher}`;
  if (!asked && !labelsRandom(evaluation)) {
    const fault =
      'There is nothing for the teacher to label: --labels teacher trains with its answers, and --controls random adds random images, which it labels if the set has soft labels.';
    return {fault, argument};
  }
  if (experts.kind === 'official') {
    if (teacherModel !== undefined || !model.includes(',')) return undefined;
    const fault = `Files of PyTorch do not say of which network the experts are: --teacher-model names it.`;
    return {fault, argument};
  }
  const isOther =
    set.kind === 'own' &&
    (set.source !== experts.source || differ(set.transformDigest, experts.transformDigest));
  if (!isOther) return undefined;
  const fault = `The experts were trained on other images than those that ${name} was made from, or on ones that were held out, or transformed differently.`;
  return {fault, argument};
}

function differ(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}

/** The data set of a set: the one that is named, or else the one that the file tells. */
function datasetOf(set: JudgedSet, {dataset}: EvaluationOptions): string | undefined {
  return dataset ?? (set.kind === 'own' ? set.dataset : undefined);
}

function setFaultOf(set: JudgedSet, options: EvaluationOptions, name: string): string | undefined {
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
  if (!hasSoftLabels(set) || labels !== undefined) return undefined;
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
function nameOf(name: string): string {
  const {name: stem} = path.parse(name.replace(/[/\\]+$/, ''));
  return stem === '' || stem === '.' || stem === '..' ? 'set' : stem;
}
