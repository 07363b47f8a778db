import * as fc from 'fast-check';
import {
  axisNames,
  isSource,
  type Edge,
  type Look,
  type PipelineModel,
  type StageKind,
  type StageModel,
} from './pipeline-model.ts';

/** A change that affects results. Indices of stages are taken modulo their number. */
export type ModelEdit =
  | {readonly kind: 'word'; readonly stage: number; readonly word: string}
  | {readonly kind: 'steps'; readonly stage: number; readonly steps: number}
  /** Replaces a stage by one of another type, or with other axes or inputs. */
  | {readonly kind: 'stage'; readonly stage: number; readonly as: StageModel}
  | {readonly kind: 'cut'; readonly stage: number}
  | {readonly kind: 'version'; readonly type: StageKind; readonly version: number}
  | {readonly kind: 'axis'; readonly axis: 'p' | 'q'; readonly values: readonly number[]};

/** A change between two runs: one that affects results, one that does not, or one of the store. */
export type Edit =
  | ModelEdit
  | ({readonly kind: 'look'} & Look)
  /** Damages the n-th stored artifact, modulo their number. `rots`: the damage shows only when the artifact is read. */
  | {
      readonly kind: 'delete-artifact' | 'damage-artifact' | 'rot-artifact' | 'delete-record';
      readonly nth: number;
    };

const kinds = ['say', 'churn', 'measure', 'reverse', 'split', 'join', 'cell'] as const;
const word = fc.constantFrom('a', 'b', 'cc', 'dd');

const edge: fc.Arbitrary<Edge> = fc.record({
  stage: fc.nat(5),
  fan: fc.constantFrom('shared', 'all'),
});

const stage: fc.Arbitrary<StageModel> = fc.record({
  // A stage with several inputs is drawn more often, since most can go wrong there.
  uses: fc.constantFrom(...kinds, 'join', 'join'),
  word,
  steps: fc.integer({min: 1, max: 3}),
  axes: fc.subarray([...axisNames]),
  spelled: fc.boolean(),
  from: fc.array(edge, {minLength: 1, maxLength: 2}),
});

const values = (most: number): fc.Arbitrary<readonly number[]> =>
  fc.uniqueArray(fc.nat(4), {minLength: 1, maxLength: most});

export const anyPipeline: fc.Arbitrary<PipelineModel> = fc
  .record({
    axes: fc.record({p: values(3), q: values(2)}),
    stages: fc.array(stage, {minLength: 1, maxLength: 6}),
    cell: fc.array(stage, {minLength: 1, maxLength: 3}),
    versions: fc.constant({}),
  })
  .map((model) => ({
    ...model,
    stages: connected(model.stages),
    cell: connected(model.cell.map((inner, index) => flat(inner, index === model.cell.length - 1))),
  }));

export const anyLook: fc.Arbitrary<Look> = fc.record({
  prefix: fc.constantFrom('s', 'stage-', 'T'),
  axisPrefix: fc.constantFrom('', 'of-'),
  reversed: fc.boolean(),
  comment: fc.constantFrom('', 'a comment'),
  devices: fc.constantFrom(undefined, 1, 2),
});

export const anyEdit: fc.Arbitrary<Edit> = fc.oneof(
  {arbitrary: fc.record({kind: fc.constant('word'), stage: fc.nat(5), word}), weight: 3},
  fc.record({
    kind: fc.constant('steps'),
    stage: fc.nat(5),
    steps: fc.integer({min: 1, max: 3}),
  }),
  fc.record({kind: fc.constant('stage'), stage: fc.nat(5), as: stage}),
  fc.record({kind: fc.constant('cut'), stage: fc.nat(5)}),
  fc.record({kind: fc.constant('version'), type: fc.constantFrom(...kinds), version: fc.nat(2)}),
  fc.record({kind: fc.constant('axis'), axis: fc.constant('p'), values: values(3)}),
  fc.record({kind: fc.constant('axis'), axis: fc.constant('q'), values: values(2)}),
  anyLook.map((look) => ({kind: 'look' as const, ...look})),
  fc.record({
    kind: fc.constantFrom('delete-artifact', 'damage-artifact', 'rot-artifact', 'delete-record'),
    nth: fc.nat(20),
  }),
);

/** The model after an edit. */
export function edited(model: PipelineModel, edit: ModelEdit): PipelineModel {
  const {stages, versions, axes} = model;
  switch (edit.kind) {
    case 'word':
    case 'steps': {
      const {kind: _kind, stage, ...change} = edit;
      const index = stage % stages.length;
      return {...model, stages: stages.with(index, {...stages[index]!, ...change})};
    }
    case 'stage':
      return {...model, stages: connected(stages.with(edit.stage % stages.length, edit.as))};
    case 'cut': {
      const left = stages.toSpliced(edit.stage % stages.length, 1);
      return left.length === 0 ? model : {...model, stages: connected(left)};
    }
    case 'version':
      return {...model, versions: {...versions, [edit.type]: edit.version + 1}};
    case 'axis':
      return {...model, axes: {...axes, [edit.axis]: edit.values}};
  }
}

/** Connects stages to earlier ones, so that stages with one input take one artifact. */
function connected(drawn: readonly StageModel[]): readonly StageModel[] {
  const stages: StageModel[] = [];
  for (const [index, stage] of drawn.entries()) {
    if (isSource(stage) || index === 0) {
      stages.push({...stage, uses: isSource(stage) ? stage.uses : 'say', from: []});
      continue;
    }
    const from = stage.from.map(({stage: to, fan}) => ({stage: to % index, fan}));
    const [first] = from;
    if (stage.uses === 'join') stages.push({...stage, from});
    else if (stages[first!.stage]!.uses === 'split') stages.push({...stage, uses: 'join', from});
    else stages.push({...stage, from: [{stage: first!.stage, fan: 'shared'}]});
  }
  return stages;
}

/** A stage of the nested pipeline: no matrix, nothing nested, and a single artifact at the end. */
function flat(stage: StageModel, isLast: boolean): StageModel {
  const {uses} = stage;
  const within = uses === 'cell' ? 'say' : uses === 'split' && isLast ? 'join' : uses;
  return {...stage, uses: within, axes: []};
}
