import {closestTo} from '../../base/edit-distance.ts';
import type {JsonObject} from '../../base/json.ts';
import {isMade, type InputPort} from '../../contract/contract.ts';
import type {Media, MediaDefinition} from '../../contract/media.ts';
import type {StageType} from '../../contract/registry.ts';
import {validateParams, type ParamIssue} from '../../contract/validate-params.ts';
import {quoted, showNames} from '../../diagnostics/show-value.ts';
import {locate} from '../../document/located.ts';
import {policiesOf} from './failure-policy.ts';
import {instanceId} from '../graph/instance-id.ts';
import type {FailurePolicy, InstanceId, OutputRef, Resources} from '../graph/instance.ts';
import {expandMatrix} from '../template/matrix.ts';
import type {Matrix, Point} from '../template/point.ts';
import type {StageSource} from '../source/pipeline-source.ts';
import type {Budget, Surroundings} from '../surroundings.ts';
import {resourcesOf} from './stage-resources.ts';
import {eachPoint, originOf, stageTemplate} from '../template/stage-template.ts';
import type {Template} from '../template/template.ts';

/** An output, for references. */
export interface NodeOutput {
  readonly media: MediaDefinition;
  /** Whether it may hold any number of artifacts. */
  readonly many: boolean;
  /** See `OutputPort`. */
  readonly onlyWith?: string;
}

/** An input, for references. Without media it accepts anything. */
export type Port = Omit<InputPort, 'media'> & {readonly media?: string};

/**
 * A stage that was checked by itself: its kind and its instances, but not yet their inputs. Whatever is `undefined` is
 * unknown because of a reported mistake; later passes report nothing more about it.
 */
export interface StageNode {
  readonly source: StageSource;
  readonly matrix: Matrix;
  readonly inputs: Readonly<Record<string, Port>> | undefined;
  readonly outputs: ReadonlyMap<string, NodeOutput | undefined> | undefined;
  /** The artifacts of an output of the instance at the `index`th point. */
  refs(output: string, index: number): readonly OutputRef[];
}

/** A stage whose `uses` names a stage type. */
export interface TypedNode extends StageNode {
  readonly kind: 'typed';
  readonly type: StageType | undefined;
  readonly ids: readonly InstanceId[];
  /** By the index of the point; one shared object for all points if the matrix makes no difference. */
  readonly params: readonly JsonObject[] | undefined;
  readonly resources: readonly Resources[] | undefined;
  readonly policies: readonly FailurePolicy[] | undefined;
}

/** Checks a stage that uses a stage type. */
export function typedNode(source: StageSource, around: Surroundings): TypedNode {
  const matrix = stageMatrix(source, around.instances, around);
  const type = findType(source, around);
  const ids = instanceIds(source, matrix, around);
  const params = paramsOf(source, type, matrix, around);
  return {
    kind: 'typed',
    source,
    matrix,
    type,
    ids,
    inputs: type?.contract.inputs,
    outputs: type && outputsOf(type, around.types.media),
    params,
    resources: resourcesOf(source, matrix, around),
    policies: policiesOf(source, matrix, around),
    refs: type === undefined ? refsOf(ids) : madeRefs(type, ids, params),
  };
}

/** The ids of a stage's instances, by the index of the point. */
export function instanceIds(
  {name}: StageSource,
  {points}: Matrix,
  {within}: Surroundings,
): readonly InstanceId[] {
  const prefix = within.map(({stage, point}) => `${instanceId(stage, point)}/`).join('');
  return (points ?? []).map((point) => `${prefix}${instanceId(name, point)}` as InstanceId);
}

/** The `refs` of a stage whose instances each have their own outputs. */
export function refsOf(ids: readonly InstanceId[]): StageNode['refs'] {
  const refsByOutput = new Map<string, readonly (readonly OutputRef[])[]>();
  return (output, index) => {
    let refs = refsByOutput.get(output);
    if (refs === undefined) {
      refs = ids.map((instance) => [{instance, output}]);
      refsByOutput.set(output, refs);
    }
    return refs[index]!;
  };
}

/** The matrix of a stage, without its points if they exceed the budget. */
export function stageMatrix(
  source: StageSource,
  budget: Budget,
  {scope, log}: Surroundings,
): Matrix {
  const matrix = expandMatrix(source.matrix, scope, log);
  const count = matrix.points?.length ?? 1;
  const within = budget.left >= 0;
  budget.left -= count;
  if (budget.left >= 0) return matrix;
  const message = `With the ${count} of stage \`${source.name}\` there are more than ${budget.limit} instances.`;
  // Only the stage that exceeds the limit is at fault.
  if (within) log.error('too-large', source.nameSpan, message);
  return {axes: matrix.axes, points: undefined};
}

function findType({uses}: StageSource, {types: known, log}: Surroundings): StageType | undefined {
  if (uses === undefined) return undefined;
  const {registry, isWhole} = known;
  const type = registry.get(uses.value);
  // It may belong to a plugin that could not be loaded.
  if (type === undefined && isWhole) {
    const types = [...registry.keys()];
    const message = `There is no stage type ${JSON.stringify(uses.value)}; there are ${showNames(types)}.`;
    log.error('unknown-stage-type', uses.span, message, {
      suggestion: quoted(closestTo(uses.value, types)),
    });
  }
  return type;
}

function outputsOf({contract}: StageType, known: Media): ReadonlyMap<string, NodeOutput> {
  const outputs = Object.entries(contract.outputs);
  return new Map(
    outputs.map(([name, {media, many, ...port}]) => [
      name,
      {
        media: known.get(media)!,
        many: many === true,
        ...(port.onlyWith !== undefined && {onlyWith: port.onlyWith}),
      },
    ]),
  );
}

/** The `refs` of a stage type, which leave out what an instance does not make. */
function madeRefs(
  {contract}: StageType,
  ids: readonly InstanceId[],
  params: readonly JsonObject[] | undefined,
): StageNode['refs'] {
  const refs = refsOf(ids);
  return (output, index) => {
    const port = contract.outputs[output];
    const given = params?.[index];
    const isLeftOut = port !== undefined && given !== undefined && !isMade(port, given);
    return isLeftOut ? [] : refs(output, index);
  };
}

function paramsOf(
  source: StageSource,
  type: StageType | undefined,
  matrix: Matrix,
  around: Surroundings,
): readonly JsonObject[] | undefined {
  const template = stageTemplate(source.with, matrix, around);
  if (source.with.kind === 'unknown' || type === undefined) return undefined;
  return eachPoint(template, matrix, (value, point) => {
    const validation = validateParams(type.contract, value as JsonObject);
    if (validation.kind === 'valid') return validation.params;
    for (const issue of validation.issues) reportIssue({issue, source, template, point, around});
    return undefined;
  });
}

interface IssuePlace {
  readonly issue: ParamIssue;
  readonly source: StageSource;
  readonly template: Template;
  readonly point: Point | undefined;
  readonly around: Surroundings;
}

function reportIssue({issue, source, template, point, around}: IssuePlace): void {
  const {value, entry, whole} = locate(source.with, issue.path);
  if (value.kind === 'unknown' || template.unknown.has(value)) return;
  const {code, message, suggestion} = issue;
  let span = value.span;
  if (code === 'unknown-param' && whole && entry) span = entry.keySpan;
  if (code === 'missing-param' && value === source.with && source.uses) span = source.uses.span;
  const notes = code === 'missing-param' ? [] : originOf(value, source.name, point, around.scope);
  around.log.error(code, span, message, {notes, suggestion});
}
