/** The meaning of a pipeline, computed as plainly as possible: without store and processes. */
import {createHash} from 'node:crypto';
import {
  axesOf,
  axisName,
  axisNames,
  isSingle,
  isSource,
  stageName,
  type AxisName,
  type Look,
  type PipelineModel,
  type StageModel,
} from '../laws/pipeline-model.ts';

/** The expected result of an instance. */
export interface Meaning {
  readonly id: string;
  /** Everything that its result depends on: equal for two instances exactly if they have the same key. */
  readonly identity: string;
  /** Its inputs, port by port. */
  readonly texts: readonly string[];
  readonly outputs: Readonly<Record<string, readonly string[]>>;
}

type Point = Readonly<Partial<Record<AxisName, number>>>;
interface Computed {
  readonly point: Point;
  readonly out: readonly string[];
}

/** Every instance of a model, after its inputs. */
export function interpret(model: PipelineModel, look: Look): readonly Meaning[] {
  const meanings: Meaning[] = [];
  const computeAll = (
    stages: readonly StageModel[],
    prefix: string,
    given?: string,
  ): Computed[] => {
    const all: Computed[][] = [];
    for (const [index, stage] of stages.entries()) {
      const computed = pointsOf(axesOf(stages, index), model.axes).map((point) => {
        const id = prefix + stageName(index, look) + pointText(point, look);
        const word = stage.word + (stage.spelled ? (given ?? Object.values(point).join('')) : '');
        if (stage.uses === 'cell') {
          return {point, out: computeAll(model.cell, `${id}/`, word).at(-1)!.out};
        }
        const taken = isSource(stage) ? [] : stage.from;
        const inputs = taken.flatMap(({stage: from, fan}) =>
          all[from]!.filter((other) => fan === 'all' || agree(other.point, point)),
        );
        const texts = inputs.flatMap(({out}) => out);
        const outputs = compute(stage, word, texts);
        const version = model.versions[stage.uses] ?? 1;
        const says = isSingle(stage) ? [] : [word, stage.uses === 'churn' ? stage.steps : 0];
        const identity = JSON.stringify([stage.uses, version, says, texts]);
        meanings.push({id, identity, texts, outputs});
        return {point, out: outputs['out']!};
      });
      all.push(computed);
    }
    return all.at(-1)!;
  };
  computeAll(model.stages, '');
  return meanings;
}

function compute(stage: StageModel, word: string, texts: readonly string[]): Meaning['outputs'] {
  const [text = ''] = texts;
  const half = Math.floor(text.length / 2);
  const {length} = text;
  switch (stage.uses) {
    case 'join':
      return {out: [texts.join(word)]};
    case 'split':
      return {out: [text.slice(0, half), text.slice(half)]};
    case 'measure':
      return {out: [String(length)], table: [`| length |\n| ---: |\n| ${length} |\n`]};
    case 'reverse':
      return {out: [Array.from(text).toReversed().join('')]};
    case 'churn':
      return {out: [Array(stage.steps).fill(0).reduce<string>(sha256, word)]};
    case 'say':
    case 'cell':
      return {out: [word]};
  }
}

/** The digest of a text in hex. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function pointsOf(axes: readonly AxisName[], values: PipelineModel['axes']): readonly Point[] {
  return axes.reduce<readonly Point[]>(
    (points, axis) => points.flatMap((point) => values[axis].map((v) => ({...point, [axis]: v}))),
    [{}],
  );
}

function pointText(point: Point, look: Look): string {
  const parts = axisNames.flatMap((axis) =>
    axis in point ? [`${axisName(axis, look)}=${point[axis]}`] : [],
  );
  return parts.length === 0 ? '' : `[${parts.join(',')}]`;
}

function agree(a: Point, b: Point): boolean {
  return (['p', 'q'] as const).every((axis) => !(axis in a && axis in b) || a[axis] === b[axis]);
}
