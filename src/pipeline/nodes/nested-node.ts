import {closestTo} from '../../base/edit-distance.ts';
import type {Numerics} from '../../base/engines.ts';
import {quoted, showNames} from '../../diagnostics/show-value.ts';
import {locatedAt, type Located, type LocatedEntry} from '../../document/located.ts';
import {rejectPolicy} from './failure-policy.ts';
import type {Ancestor, Instance, OutputRef} from '../graph/instance.ts';
import type {Matrix, Point} from '../template/point.ts';
import type {MapSource, PipelineSource, StageSource} from '../source/pipeline-source.ts';
import {stageMatrix, type NodeOutput, type StageNode} from './stage-node.ts';
import type {Budget, Surroundings} from '../surroundings.ts';
import {stageTemplate} from '../template/stage-template.ts';

/** A pipeline expanded with its parameters. With mistakes in the log, some instances may be missing. */
export interface ExpandedPipeline {
  /** In topological order. */
  readonly instances: readonly Instance[];
  readonly numerics: Numerics;
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
  readonly expand: (
    source: PipelineSource,
    params: MapSource,
    within: readonly Ancestor[],
  ) => ExpandedPipeline;
}

/** Whether `uses` names a pipeline file rather than a stage type. */
export function isPipelineFile(uses: string): boolean {
  return /^\.{0,2}\/|\.ya?ml$/.test(uses);
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
  const params = nested && childParams(source, nested, matrix, around);
  const childAt = (point: Point): ExpandedPipeline =>
    expand(nested!, params!(point), [...within, {stage: source.name, point}]);
  // If the points are unknown, one expansion still finds the mistakes inside.
  const expanded =
    params === undefined || pipelines.left < 0 ? [] : (matrix.points ?? [{}]).map(childAt);
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

/** The parameters of the nested pipeline at a point: its own, overridden by `with`. */
function childParams(
  source: StageSource,
  nested: PipelineSource,
  matrix: Matrix,
  around: Surroundings,
): (point: Point) => MapSource {
  const {with: given, uses} = source;
  const own = nested.params;
  if (given.kind === 'unknown' || own.kind === 'unknown') return () => ({...own, kind: 'unknown'});
  const names = [...own.entries.keys()];
  const values = Array.from(given.entries, ([name, {keySpan, value}]) => {
    if (!own.entries.has(name)) {
      const message = `${uses!.value} has no parameter \`${name}\`; it takes ${showNames(names)}.`;
      const suggestion = quoted(closestTo(name, names));
      around.log.error('unknown-param', keySpan, message, {suggestion});
    }
    const template = stageTemplate(value, matrix, around);
    const at = (point: Point): Located =>
      template.unknown.size > 0
        ? {kind: 'unknown', span: value.span}
        : locatedAt(template.at(point), value.span);
    return [name, keySpan, at] as const;
  });
  return (point) => {
    const entries = new Map<string, LocatedEntry>(own.entries);
    for (const [name, keySpan, at] of values) {
      const declared = own.entries.get(name)?.keySpan ?? keySpan;
      entries.set(name, {keySpan: declared, value: at(point)});
    }
    return {...own, entries};
  };
}
