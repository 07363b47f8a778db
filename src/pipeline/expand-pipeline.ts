import type {Numerics} from '../base/engines.ts';
import type {DiagnosticLog} from '../diagnostics/diagnostic.ts';
import type {SourceFile} from '../diagnostics/span.ts';
import type {LocatedText} from '../document/located.ts';
import type {StageTypes} from '../plugins/plugin-loader.ts';
import {checkArguments, commandAt, commandNode, type CommandNode} from './nodes/command-node.ts';
import {checkStage} from './nodes/check-stage.ts';
import {connectStage, type Connections} from './nodes/connect-stage.ts';
import type {HostEnvironment} from './nodes/host-environment.ts';
import type {Ancestor, Instance} from './graph/instance.ts';
import type {KnownResults} from './graph/known-results.ts';
import type {LocalFiles} from './nodes/local-files.ts';
import {
  nestedNode,
  type ExpandedOutput,
  type ExpandedPipeline,
  type NestedNode,
} from './nodes/nested-node.ts';
import {numericsOf} from './source/numerics.ts';
import {orderStages} from './graph/order-stages.ts';
import {
  isPipelineFile,
  type MapSource,
  type PipelineSource,
  type StageSource,
} from './source/pipeline-source.ts';
import {resolveReference} from './nodes/resolve-reference.ts';
import {typedNode, type TypedNode} from './nodes/stage-node.ts';
import type {Budget, Surroundings} from './surroundings.ts';
import {mentionedParams, resolveParams} from './template/resolve-params.ts';
import {compileTemplate} from './template/template.ts';

/** The surroundings that all pipelines of one load share. */
export interface ExpansionSetup {
  /** The stage types that `uses` may name in each pipeline file. */
  readonly stageTypes: ReadonlyMap<SourceFile, StageTypes>;
  readonly files: LocalFiles;
  readonly environment: HostEnvironment;
  /** The pipelines that `uses: ./file.yaml` names, by that text. A file that could not be loaded has none. */
  readonly nested: ReadonlyMap<LocatedText, PipelineSource>;
  readonly instances: Budget;
  readonly pipelines: Budget;
  /** The known facts of the stages that are expanded already. */
  readonly known: KnownResults;
  /** The numerics of the pipeline that uses this one. Absent: no other pipeline uses it. */
  readonly numerics?: Numerics;
  readonly log: DiagnosticLog;
}

type Node = TypedNode | CommandNode | NestedNode;

/**
 * Expands a pipeline: resolves every name, expands every matrix, connects every input. Mistakes go
 * to the log.
 */
export function expandPipeline(
  source: PipelineSource,
  setup: ExpansionSetup,
  within: readonly Ancestor[] = [],
): ExpandedPipeline {
  const {log} = setup;
  const used = new Set(source.replaced.flatMap((value) => [...mentionedParams(value).keys()]));
  const params = resolveParams(source.params, used, log);
  const scope = {params, used};
  const numerics = numericsOf(source, {scope, log, outer: setup.numerics});
  const around = {...setup, scope, within, numerics, types: setup.stageTypes.get(source.file)!};
  const nodes = new Map<string, Node>();
  for (const [name, stage] of source.stages) nodes.set(name, expandStage(stage, around));

  const connections = new Map(
    Array.from(nodes, ([name, node]) => [name, connectStage(node, nodes, around)]),
  );
  const needs = new Map(Array.from(connections, ([name, connection]) => [name, connection.needs]));
  for (const [name, node] of nodes) {
    if (node.kind === 'command') checkArguments(node, connections.get(name)!.forms, log);
  }
  const order = orderStages(needs, log);
  for (const name of order) {
    const node = nodes.get(name)!;
    if (node.kind === 'typed') checkStage(node, connections.get(name)!.inputs, around);
  }
  const outputs = expandOutputs(source, nodes, around);
  // A parameter may be used in a part that has a mistake, so unused ones are reported only without mistakes.
  if (!log.hasErrors) reportUnused(params, used, log);
  const instances = log.hasErrors
    ? []
    : order.flatMap((name) => instancesOf(nodes.get(name)!, connections.get(name)!, within));
  return {instances, numerics, params, outputs};
}

function expandStage(stage: StageSource, around: Surroundings & ExpansionSetup): Node {
  const {uses, run} = stage;
  if (run !== undefined) return commandNode(stage, around);
  if (uses === undefined || !isPipelineFile(uses.value)) return typedNode(stage, around);
  return nestedNode(stage, {
    ...around,
    nested: around.nested.get(uses),
    expand: (source, within) => expandPipeline(source, around, within),
  });
}

function expandOutputs(
  source: PipelineSource,
  nodes: ReadonlyMap<string, Node>,
  {scope, log}: Surroundings,
): ExpandedPipeline['outputs'] {
  const ofStages = outputsOfStages(nodes);
  if (source.outputs === undefined || ofStages === undefined) return undefined;
  const outputs = new Map<string, ExpandedOutput | undefined>();
  for (const [name, text] of source.outputs) {
    outputs.set(name, undefined);
    if (text === undefined) continue;
    const template = compileTemplate(text, {...scope, axes: []}, log);
    const written = template.at({});
    if (template.unknown.size > 0) continue;
    const user = {name, axes: [], port: name, takes: undefined};
    const reference = typeof written === 'string' ? written : JSON.stringify(written);
    const {output, lookup} = resolveReference(reference, text, user, {nodes, log});
    const refs = lookup?.at({});
    if (output !== undefined && refs !== undefined) outputs.set(name, {...output, refs});
  }
  return new Map([...outputs, ...ofStages]);
}

/**
 * The outputs of the stages as `stage.output`, of all instances. `undefined`: a mistake was reported, so that not all are
 * known.
 */
function outputsOfStages(
  nodes: ReadonlyMap<string, Node>,
): ReadonlyMap<string, ExpandedOutput | undefined> | undefined {
  const outputs = new Map<string, ExpandedOutput | undefined>();
  for (const [stage, node] of nodes) {
    const {points = [], axes = []} = node.matrix;
    if (node.outputs === undefined) return undefined;
    for (const [name, output] of node.outputs) {
      const path = `${stage}.${name}`;
      outputs.set(path, undefined);
      if (output === undefined) continue;
      const {media, many, onlyWith} = output;
      outputs.set(path, {
        media,
        many: many || axes.length > 0,
        ...(onlyWith !== undefined && {onlyWith}),
        // Found when somebody asks, since nobody wants most of them.
        get refs() {
          return points.flatMap((_, index) => node.refs(name, index));
        },
      });
    }
  }
  return outputs;
}

function reportUnused(params: MapSource, used: ReadonlySet<string>, log: DiagnosticLog): void {
  for (const [name, {keySpan}] of params.kind === 'map' ? params.entries : []) {
    if (used.has(name)) continue;
    const message = `Nothing refers to the parameter \`${name}\`.`;
    log.warning('unused-param', keySpan, message);
  }
}

function instancesOf(
  node: Node,
  connections: Connections,
  within: readonly Ancestor[],
): readonly Instance[] {
  if (node.kind === 'nested') return node.children.flatMap(({instances}) => instances);
  const {source, ids, matrix, resources, policies} = node;
  const stage = [...within.map((ancestor) => ancestor.stage), source.name].join('/');
  const own = node.kind === 'typed' ? typedAt(node) : commandAt(node, connections.forms);
  return ids.map((id, index) => ({
    id,
    stage,
    ...(source.description !== undefined && {description: source.description}),
    within,
    axes: matrix.points![index]!,
    ...own(index),
    inputs: connections.inputs![index]!,
    resources: resources![index]!,
    resourcesAt: source.resources.span,
    policy: policies![index]!,
  }));
}

function typedAt({type, params}: TypedNode): (index: number) => Pick<Instance, 'type' | 'params'> {
  return (index) => ({type: type!, params: params![index]!});
}
