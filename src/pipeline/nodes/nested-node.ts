import type {Numerics} from '../../base/engines.ts';
import {locatedAt} from '../../document/located.ts';
import {rejectPolicy} from './failure-policy.ts';
import type {Ancestor, Instance, OutputRef} from '../graph/instance.ts';
import type {Matrix, Point} from '../template/point.ts';
import {overridePipeline, type Override} from '../source/overrides.ts';
import type {MapSource, PipelineSource, StageSource} from '../source/pipeline-source.ts';
import {stageMatrix, type NodeOutput, type StageNode} from './stage-node.ts';
import type {Budget, Surroundings} from '../surroundings.ts';
import {stageTemplate} from '../template/stage-template.ts';

/** A pipeline expanded with its parameters. With mistakes in the log, some instances may be missing. */
export interface ExpandedPipeline {
  /** In topological order. */
  readonly instances: readonly Instance[];
  readonly numerics: Numerics;
  /** What its parameters are, with those that others are made of put in. */
  readonly params: MapSource;
  /** `undefined` for one output or for all: a mistake was reported. */
  readonly outputs: ReadonlyMap<string, ExpandedOutput | undefined> | undefined;
}

export interface ExpandedOutput extends NodeOutput {
  readonly refs: readonly OutputRef[];
}

/** A stage whose `uses` names another pipeline. */
export interface NestedNode extends StageNode {
  readonly kind: 'nested';
  /** By the index of the point; empty if the points are unknown. */
  readonly children: readonly ExpandedPipeline[];
}

export interface NestedSurroundings extends Surroundings {
  /** The pipeline that `uses` names; `undefined` if it could not be loaded, which was reported. */
  readonly nested: PipelineSource | undefined;
  /** The budget of instances that are pipelines, each of which costs a whole expansion. */
  readonly pipelines: Budget;
  readonly expand: (source: PipelineSource, within: readonly Ancestor[]) => ExpandedPipeline;
}

/** Expands the pipeline that a stage uses, once for each point of its matrix. */
export function nestedNode(source: StageSource, around: NestedSurroundings): NestedNode {
  const {nested, expand, within, pipelines, log} = around;
  const matrix = stageMatrix(source, pipelines, around);
  if (source.resources.kind === 'map' && source.resources.entries.size > 0) {
    const message = `Resources belong to the stages inside ${source.uses!.value}.`;
    log.error('unknown-key', source.resources.span, message);
  }
  rejectPolicy(source, around);
  const sourceAt = nested && childSource(source, nested, matrix, around);
  const childAt = (point: Point): ExpandedPipeline =>
    expand(sourceAt!(point), [...within, {stage: source.name, point}]);
  // If the points are unknown, one expansion still finds the mistakes inside.
  const expanded =
    sourceAt === undefined || pipelines.left < 0 ? [] : (matrix.points ?? [{}]).map(childAt);
  const children = matrix.points === undefined ? [] : expanded;
  const complete = nested !== undefined && expanded.length > 0;
  return {
    kind: 'nested',
    source,
    matrix,
    children,
    inputs: {},
    outputs: complete ? expanded[0]!.outputs : undefined,
    refs: (output, index) => children[index]?.outputs?.get(output)?.refs ?? [],
  };
}

/** The nested pipeline at a point: with what `with` gives it. */
function childSource(
  {with: given}: StageSource,
  nested: PipelineSource,
  matrix: Matrix,
  around: Surroundings,
): (point: Point) => PipelineSource {
  if (given.kind === 'unknown') {
    return () => ({...nested, params: {...nested.params, kind: 'unknown'}});
  }
  const overrides = Array.from(given.entries, ([name, {keySpan: nameSpan, value}]) => {
    const template = stageTemplate(value, matrix, around);
    return (point: Point): Override => {
      const {span} = value;
      const json = template.at(point);
      // Whether it is known shows only then.
      const isUnknown = template.unknown.size > 0;
      return {name, nameSpan, value: isUnknown ? {kind: 'unknown', span} : locatedAt(json, span)};
    };
  });
  return (point) =>
    overridePipeline(
      nested,
      overrides.map((at) => at(point)),
      around.log,
    );
}
