/** Models of pipelines for property tests: plain data that shrinks, prints, and always gives a valid pipeline. */

export const axisNames = ['p', 'q'] as const;
export type AxisName = (typeof axisNames)[number];

/** The part that results depend on. */
export interface PipelineModel {
  readonly axes: Readonly<Record<AxisName, readonly number[]>>;
  readonly stages: readonly StageModel[];
  /** The pipeline that stages of kind `cell` use. Its last stage is its output. */
  readonly cell: readonly StageModel[];
  /** By stage type; defaults to 1. */
  readonly versions: Readonly<Record<string, number>>;
}

/** A stage. Without `from` it makes its text from its word alone. */
export interface StageModel {
  readonly uses: StageKind;
  /** The initial text of `say` and `churn`, the separator of `join`, the parameter of `cell`. */
  readonly word: string;
  readonly axes: readonly AxisName[];
  /** Whether the word includes the point of the matrix; otherwise the instances of a stage may have equal keys. */
  readonly spelled: boolean;
  /** The number of steps of `churn`. */
  readonly steps: number;
  /** Indices of earlier stages; a stage with a single input takes the first. */
  readonly from: readonly Edge[];
}

export type StageKind = 'say' | 'churn' | 'measure' | 'reverse' | 'split' | 'join' | 'cell';

export interface Edge {
  readonly stage: number;
  /** Every instance of that stage, or those with the same values on the axes that both have. */
  readonly fan: 'all' | 'shared';
}

/** The part that no result may depend on. */
export interface Look {
  /** The prefixes of the names of stages and axes. */
  readonly prefix: string;
  readonly axisPrefix: string;
  readonly reversed: boolean;
  readonly comment: string;
  readonly devices: number | undefined;
}

export const plainLook: Look = {
  prefix: 's',
  axisPrefix: '',
  reversed: false,
  comment: '',
  devices: undefined,
};

/** Whether a stage takes no input. */
export function isSource({uses}: StageModel): boolean {
  return uses === 'say' || uses === 'churn' || uses === 'cell';
}

/** Whether a stage takes a single artifact. */
export function isSingle({uses}: StageModel): boolean {
  return uses === 'measure' || uses === 'reverse' || uses === 'split';
}

/** The axes of a stage; one with a single input also has the axes of that input. */
export function axesOf(stages: readonly StageModel[], index: number): readonly AxisName[] {
  const stage = stages[index]!;
  const taken = isSingle(stage) ? axesOf(stages, stage.from[0]!.stage) : [];
  return axisNames.filter((axis) => stage.axes.includes(axis) || taken.includes(axis));
}

/** The files of a model; the first is run. */
export function writeModel(model: PipelineModel, look: Look): Readonly<Record<string, string>> {
  const {axes, stages, cell} = model;
  const last = `${stageName(cell.length - 1, look)}.out`;
  const nested = [`params: {word: ''}`, `outputs: {out: ${last}}`];
  return {
    'p.yaml': [`name: ${look.prefix}`, ...stageLines(stages, axes, look)].join('\n'),
    'cell.yaml': [...nested, ...stageLines(cell, {p: [], q: []}, look)].join('\n'),
  };
}

/** The name of a stage. */
export function stageName(index: number, {prefix}: Look): string {
  return `${prefix}${index}`;
}

/** The name of an axis. */
export function axisName(axis: AxisName, {axisPrefix}: Look): string {
  return axisPrefix + axis;
}

function stageLines(
  stages: readonly StageModel[],
  values: PipelineModel['axes'],
  look: Look,
): readonly string[] {
  const inCell = values.p.length === 0;
  const lines = stages.map((stage, index) => {
    const axes = axesOf(stages, index);
    const spelled = inCell
      ? ['${params.word}']
      : axes.map((axis) => `\${matrix.${axisName(axis, look)}}`);
    const word = stage.word + (stage.spelled ? spelled.join('') : '');
    const entry = {
      uses: stage.uses === 'cell' ? './cell.yaml' : stage.uses,
      ...(axes.length === 0
        ? {}
        : {matrix: Object.fromEntries(axes.map((a) => [axisName(a, look), values[a]]))}),
      ...settings(stage, word),
      ...inputs(stages, index, look),
      ...(look.devices === undefined || stage.uses === 'cell'
        ? {}
        : {resources: {device: look.devices}}),
    };
    return `  ${stageName(index, look)}: ${JSON.stringify(entry)} # ${look.comment}`;
  });
  return ['stages:', ...(look.reversed ? lines.toReversed() : lines)];
}

function settings({uses, steps}: StageModel, word: string): object {
  switch (uses) {
    case 'say':
      return {with: {text: word}};
    case 'churn':
      return {with: {text: word, steps}};
    case 'join':
      return {with: {between: word}};
    case 'cell':
      return {with: {word}};
    case 'measure':
    case 'reverse':
    case 'split':
      return {};
  }
}

function inputs(stages: readonly StageModel[], index: number, look: Look): object {
  const stage = stages[index]!;
  if (isSource(stage)) return {};
  const mine = axesOf(stages, index);
  const references = stage.from.map(({stage: from, fan}) => {
    const theirs = axesOf(stages, from);
    const free = fan === 'all' ? theirs : theirs.filter((axis) => !mine.includes(axis));
    const selection =
      free.length === 0 ? '' : `[${free.map((axis) => `${axisName(axis, look)}=*`).join(',')}]`;
    return `${stageName(from, look)}.out${selection}`;
  });
  return {inputs: stage.uses === 'join' ? {parts: references} : {of: references[0]}};
}
