/**
 * The recipes by which papers and benchmarks train networks on a synthetic set to judge it, as data: what `evaluate` does
 * under each `protocol`, and where each number stands.
 */
import {batchNormalised} from './network-names.ts';

/** How a network is trained to judge a set. */
export interface Recipe {
  /** How many networks are trained. */
  readonly trials: number;
  /** Number of the last epoch, counted from 0. */
  readonly epochs: number;
  /**
   * tenfold-drop: after the epoch numbered ⌊epochs/2⌋ + 1 the rate drops tenfold, and a new optimiser begins.
   * step: half-way the rate drops tenfold, and the optimiser goes on.
   */
  readonly schedule: Schedule;
  readonly batch: number;
  /** learned: the step size of the set. search: the one of these with the best accuracy on held-out images. */
  readonly learningRate: RateChoice;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly augmentation: string;
  readonly augmentationMode: 'S' | 'M';
  /** own: soft labels, if the set has them. hard: the class of each image alone. teacher: a teacher's answer to each batch. */
  readonly labels: 'own' | 'hard' | 'teacher';
}

export type Schedule = 'tenfold-drop' | 'step';

export type RateChoice = 'learned' | number | {readonly search: readonly number[]};

/** A recipe that has a name. */
export interface Protocol {
  readonly summary: string;
  readonly recipe: Recipe;
  /** The changes of the recipe for some data sets and networks; later ones win. */
  readonly cases: readonly Case[];
  /** Where each number stands. */
  readonly sources: Readonly<Record<keyof Recipe, string>>;
  /** Where the numbers hold, and what its authors do otherwise, in sentences. */
  readonly notes?: readonly string[];
}

interface Case {
  /** The condition in words: `on MNIST`. */
  readonly when: string;
  readonly holds: (of: Trained) => boolean;
  readonly change: Partial<Recipe>;
  readonly source: string;
}

/** The things about training images on which recipes depend. */
export interface Trained {
  readonly model: string;
  /** The name of the data set; absent: unknown. */
  readonly dataset?: string | undefined;
  /** All real training images rather than a set. */
  readonly allImages?: boolean;
}

const dsa = 'color_crop_cutout_flip_scale_rotate';

/** Mirrored digits are not digits. */
const digits: readonly (string | undefined)[] = ['mnist', 'svhn', 'svhn-extra'];

const sgd = {batch: 256, momentum: 0.9, weightDecay: 5e-4} as const;

const mttRecipe: Recipe = {
  ...sgd,
  trials: 5,
  epochs: 1000,
  schedule: 'tenfold-drop',
  learningRate: 'learned',
  augmentation: dsa,
  augmentationMode: 'S',
  labels: 'hard',
};

const dcRecipe: Recipe = {
  ...mttRecipe,
  trials: 20,
  epochs: 300,
  learningRate: 0.01,
  augmentation: 'none',
};

const mtt = 'GeorgeCazenavette/mtt-distillation @50dccea';
const vico = 'VICO-UoE/DatasetCondensation @53f63a6';
const datm = 'NUS-HPC-AI-Lab/DATM @97ae510';
const ranking = 'NUS-HPC-AI-Lab/DD-Ranking @b8b0966';

const mttSources = {
  trials: `${mtt}, distill.py: num_eval`,
  epochs: `${mtt}, distill.py: epoch_eval_train; 1001 epochs are trained`,
  schedule: `${mtt}, utils.py: evaluate_synset`,
  batch: `${mtt}, distill.py: batch_train`,
  learningRate: `${mtt}, distill.py: lr_net is the learned step size`,
  momentum: `${mtt}, utils.py: evaluate_synset`,
  weightDecay: `${mtt}, utils.py: evaluate_synset`,
  augmentation: `${mtt}, distill.py: dsa_strategy`,
  augmentationMode: `${mtt}, utils.py: ParamDiffAug`,
  labels: `${mtt}, utils.py: cross-entropy with the class of each image`,
};

const vicoSources = {
  trials: `${vico}, main.py: num_eval`,
  epochs: `${vico}, main.py: epoch_eval_train`,
  schedule: `${vico}, utils.py: evaluate_synset`,
  batch: `${vico}, main.py: batch_train`,
  learningRate: `${vico}, main.py: lr_net`,
  momentum: `${vico}, utils.py: evaluate_synset`,
  weightDecay: `${vico}, utils.py: evaluate_synset`,
  augmentation: `${vico}, utils.py: get_daparam`,
  augmentationMode: `${vico}, utils.py: ParamDiffAug`,
  labels: `${vico}, utils.py: cross-entropy with the class of each image`,
};

/** Every protocol by its name. */
export const protocols = {
  mtt: {
    summary: 'matching training trajectories (CVPR 2022), and what `evaluate` does by default',
    recipe: mttRecipe,
    cases: [],
    sources: mttSources,
  },
  dc: {
    summary: 'gradient matching without augmentation, DC (ICLR 2021)',
    recipe: dcRecipe,
    cases: [
      {
        when: 'on MNIST',
        holds: ({dataset}) => dataset === 'mnist',
        change: {augmentation: 'dc:crop_scale_rotate', epochs: 1000},
        source: `${vico}, utils.py: get_daparam, and main.py: epoch_eval_train`,
      },
      {
        when: 'for networks with batch normalisation',
        holds: ({model}) => batchNormalised.includes(model),
        change: {augmentation: 'dc:crop_noise', epochs: 1000},
        source: `${vico}, utils.py: get_daparam, and main.py: epoch_eval_train`,
      },
    ],
    sources: vicoSources,
  },
  dsa: {
    summary: 'gradient matching with augmentation, DSA (ICML 2021), and distribution matching, DM',
    recipe: {...dcRecipe, epochs: 1000, augmentation: dsa},
    cases: [
      {
        when: 'on digits',
        holds: ({dataset}) => digits.includes(dataset),
        change: {augmentation: 'color_crop_cutout_scale_rotate'},
        source: `${vico}, readme: dsa_strategy of MNIST and SVHN`,
      },
    ],
    sources: {...vicoSources, augmentation: `${vico}, main.py: dsa_strategy`},
  },
  datm: {
    summary: 'difficulty-aligned trajectory matching (ICLR 2024): soft labels that were learned',
    recipe: {...mttRecipe, batch: 128, labels: 'own'},
    cases: [],
    sources: {
      ...mttSources,
      trials: `${datm}: the paper's five networks, one for each run of distill/evaluation.py`,
      epochs: `${datm}, distill/evaluation.py: epoch_eval_train`,
      batch: `${datm}, configs: batch_train`,
      learningRate: `${datm}, distill/evaluation.py: lr_net is the learned step size`,
      augmentation: `${datm}, distill/evaluation.py: dsa_strategy`,
      labels: `${datm}, distill/evaluation.py: SoftCrossEntropy`,
    },
  },
  'dd-ranking': {
    summary: 'the benchmark DD-Ranking, as it judges DSA, DM, MTT and DATM',
    recipe: {...mttRecipe, epochs: 999, schedule: 'step', labels: 'own'},
    cases: [
      {
        when: 'on all training images',
        holds: ({allImages}) => allImages === true,
        change: {epochs: 199, batch: 512, learningRate: 0.01},
        source: `${ranking}, ddranking/utils/train_and_eval.py: REAL_DATA_TRAINING_CONFIG`,
      },
    ],
    sources: {
      trials: `${ranking}, configs: num_eval`,
      epochs: `${ranking}, configs: num_epochs, 1000 epochs`,
      schedule: `${ranking}, ddranking/utils/train_and_eval.py: StepLR, half-way by a tenth`,
      batch: `${ranking}, configs: syn_batch_size`,
      learningRate: `${ranking}, ddranking/metrics/soft_label.py: syn_lr, the set's own; without one its program searches on test images`,
      momentum: `${ranking}, configs: momentum`,
      weightDecay: `${ranking}, configs: weight_decay`,
      augmentation: `${ranking}, configs: data_aug_func; for DC none`,
      augmentationMode: `${ranking}, configs: aug_params`,
      labels: `${ranking}, configs: soft_label_mode S`,
    },
    notes: [
      'The numbers for a set are those of its configurations of DSA, DM, MTT and DATM (branch `eval`), which agree on CIFAR-10, CIFAR-100 and Tiny ImageNet. It has none for other data sets: those are judged by the same numbers here.',
      'The numbers for all training images hold for CIFAR-10 and CIFAR-100, with `ConvNet` and `ConvNetBN`. Other data sets and networks get the same numbers here. Its program stops for them, except for three whose numbers cannot be had here: Tiny ImageNet with a ConvNet of depth 4 and batch normalisation (100 epochs) or with ResNet18 (AdamW), and ImageNet-1K with ResNet18 (90 epochs, with a drop every 30).',
      'Its program for hard labels trains on all training images without augmentation, and its program for soft labels augments them if `use_aug_for_hard` is set, as for DATM. Here they are augmented as the set is.',
      '`labels: teacher` is its `soft_label_mode: M`, with the recipe above and cross-entropy. Its own configurations in that mode, of SRe2L, D4M, DWA and G-VBSM, train by AdamW on the KL divergence at a temperature of 20 or 30 in both networks, which cannot be had here.',
    ],
  },
} as const satisfies Readonly<Record<string, Protocol>>;

export type ProtocolName = keyof typeof protocols;

export const protocolNames = Object.keys(protocols) as ProtocolName[];

/** The recipe of a protocol for what is trained on. */
export function recipeOf(protocol: ProtocolName, of: Trained): Recipe {
  const {recipe, cases}: Protocol = protocols[protocol];
  return cases
    .filter(({holds}) => holds(of))
    .reduce((changed, {change}) => ({...changed, ...change}), recipe);
}

/** Parameters of `evaluate` that are a recipe, with the protocol whose recipe they change. */
export type GivenRecipe = Partial<Recipe> & {readonly protocol?: ProtocolName};

/** The recipe that parameters ask for: that of their protocol, but for what they say themselves. */
export function askedRecipe(given: GivenRecipe, of: Trained): Recipe {
  const recipe = recipeOf(given.protocol ?? 'mtt', of);
  const own = (Object.keys(recipe) as (keyof Recipe)[])
    .filter((name) => given[name] !== undefined)
    .map((name) => [name, given[name]] as const);
  return {...recipe, ...Object.fromEntries(own)};
}

/** The parameters that a table has columns for, or that change no score. */
const toldElsewhere: readonly string[] = ['trials', 'learningRate', 'augmentation', 'labels'];

/** Why a recipe cannot judge a set with soft labels: they are dropped only where the pipeline says so. */
export function droppedLabels({protocol, labels}: GivenRecipe, recipe: Recipe): string | undefined {
  if (protocol === undefined || labels !== undefined || recipe.labels === 'own') return undefined;
  return `The set has soft labels, and the protocol ${protocol} trains with the class of each image alone. labels: hard drops the soft labels, labels: own keeps them; datm and dd-ranking train with them.`;
}

/** A teacher is asked for, and there are no experts. */
export const missingTeacher = 'labels: teacher needs the experts that label: connect `buffers`.';

/** Why a teacher cannot label batches: the protocol that is asked for trains with classes. */
export function untaught({protocol, labels, ...of}: GivenRecipe & Trained): string | undefined {
  if (labels !== 'teacher' || protocol === undefined) return undefined;
  if (recipeOf(protocol, of).labels === 'own') return undefined;
  return `The protocol ${protocol} trains with the class of each image alone, and not with a teacher's labels. datm and dd-ranking train with soft labels.`;
}

/**
 * The protocol by which a score was made, for tables: its name, and where the recipe differs from it. `undefined` if none
 * was named.
 */
export function protocolText(given: GivenRecipe, of: Trained): string | undefined {
  if (given.protocol === undefined) return undefined;
  const [named, asked] = [recipeOf(given.protocol, of), askedRecipe(given, of)];
  const changed = (Object.keys(named) as (keyof Recipe)[]).filter(
    (name) => !toldElsewhere.includes(name) && named[name] !== asked[name],
  );
  return [
    given.protocol,
    ...changed.map((name) => `${name} ${String(asked[name] as string | number)}`),
  ].join(', ');
}
