import {StageError, type StageContext} from '../../src/contract/stage.ts';
import {parseTrainingStrategy} from '../../src/learning/augmentation/dc.ts';
import type {FloatSplit} from '../../src/learning/data/float-split.ts';
import type {Terms} from '../../src/learning/scores/scores.ts';
import type {EvaluationSetup} from '../../src/learning/training/evaluation.ts';
import {fitNetwork} from '../shared/network.ts';
import {
  askedRecipe,
  droppedLabels,
  protocolText,
  untaught,
  type Recipe,
} from '../shared/protocols.ts';
import {readFloatDataset, someImages, type FloatDataset} from '../shared/transformed-dataset.ts';
import type {contract} from './contract.ts';
import {teacherFrom} from './teacher.ts';
import {allImagesOf, setAt, type TrainedOn} from './trained-on.ts';

type Context = StageContext<typeof contract>;

/** The setup that all trials have in common. */
export interface Evaluation {
  readonly dataset: FloatDataset;
  readonly trained: TrainedOn;
  readonly recipe: Recipe;
  /** Without the learning rate, which may have to be found, and the seed of a trial. */
  readonly setup: Omit<EvaluationSetup, 'learningRate' | 'seed'>;
  /** Absent: no protocol was named. */
  readonly terms?: Omit<Terms, 'learningRate'>;
}

/** Reads the inputs. @throws StageError if they do not go together, or with the parameters */
export async function prepare(context: Context): Promise<Evaluation> {
  const {inputs, params} = context;
  const dataset = await readFloatDataset(inputs.dataset[0]!);
  const [set] = inputs.synthetic;
  const allImages = params.trainOn === 'dataset';
  if ((set === undefined) !== allImages) {
    throw new StageError(
      'Networks train either on synthetic or, with trainOn: dataset, on all training images.',
    );
  }
  const trained = set === undefined ? allImagesOf(dataset) : await setAt(set, dataset);
  const of = {model: params.model, dataset: dataset.name, allImages};
  const fault = untaught({...params, ...of});
  if (fault !== undefined) throw new StageError(fault);
  const recipe = askedRecipe(params, of);
  const teacher = recipe.labels === 'teacher' ? await teacherFrom(context, dataset) : undefined;
  const labels = teacher?.labels ?? labelsOf(trained, recipe, params);
  const {targets, ...hard} = trained.images;
  const setup = {
    ...recipe,
    model: fitNetwork(params.model, dataset),
    synthetic: labels === 'soft' ? {...hard, targets: targets!} : hard,
    ...(teacher && {teacher: teacher.networks}),
    test: someImages(dataset, scoredImages(dataset, params.split), params.testImages),
    strategy: parseTrainingStrategy(recipe.augmentation, recipe.augmentationMode),
  };
  const protocol = protocolText(params, of);
  if (protocol === undefined) return {dataset, trained, recipe, setup};
  const {augmentation, learningRate} = recipe;
  const rate = typeof learningRate === 'object' ? 'chosen' : String(learningRate);
  const {trainedOn, bytes} = trained;
  return {
    dataset,
    trained,
    recipe,
    setup,
    terms: {protocol, labels, augmentation, rate, trainedOn, bytes},
  };
}

/** Soft labels are dropped only where the pipeline says so: a protocol that has none cannot judge them. */
function labelsOf(
  {images: {targets}}: TrainedOn,
  recipe: Recipe,
  params: Context['params'],
): Terms['labels'] {
  if (targets === undefined || params.labels === 'hard') return 'hard';
  const fault = droppedLabels(params, recipe);
  if (fault !== undefined) throw new StageError(fault);
  return 'soft';
}

function scoredImages({test, heldOut, name}: FloatDataset, split: 'test' | 'held-out'): FloatSplit {
  const images = split === 'test' ? test : heldOut;
  if (images?.count === 0) throw new StageError(`There are no ${split} images in ${name}.`);
  if (images !== undefined) return images;
  throw new StageError(
    `split is held-out, but ${name} holds no images out. The stage that makes the data set can set some of the training images aside.`,
  );
}
