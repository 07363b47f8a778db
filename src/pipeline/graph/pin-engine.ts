import type {Engines, PinnedEngine} from '../../base/engines.ts';
import {DiagnosticLog, type Diagnostic} from '../../diagnostics/diagnostic.ts';
import {argumentSpan} from '../../diagnostics/span.ts';
import type {InstanceGraph} from './instance.ts';

/** A graph with pinned engines, or the reasons why it cannot be run. */
export type PinnedGraph =
  | {readonly kind: 'ok'; readonly graph: InstanceGraph}
  | {readonly kind: 'invalid'; readonly diagnostics: readonly Diagnostic[]};

/**
 * Adds the requested engine to the keys of all instances that run tensor programs, if the pipeline's `numerics` demands
 * it. `auto` then means the first engine, because keys must not depend on a machine's devices.
 */
export function pinEngine(graph: InstanceGraph, requested: string, engines: Engines): PinnedGraph {
  const {numerics} = graph;
  if (numerics === 'any') return {kind: 'ok', graph};
  const [first] = Object.keys(engines);
  const name = requested === 'auto' ? first! : requested;
  const options = engines[name]![numerics === 'bitwise' ? 'bitwise' : 'options'];
  if (options === undefined) return {kind: 'invalid', diagnostics: unmet(name, engines)};
  const engine: PinnedEngine = {name, numerics, ...options};
  const instances = Array.from(graph.instances, ([id, instance]) => {
    const runsPrograms = instance.type.contract.engine === true;
    return [id, runsPrograms ? {...instance, engine} : instance] as const;
  });
  return {kind: 'ok', graph: {...graph, instances: new Map(instances)}};
}

/** The mistake of an engine that does not give the same bytes on every machine, with the engines that do. */
function unmet(name: string, engines: Engines): readonly Diagnostic[] {
  const fit = Object.keys(engines).filter((other) => engines[other]!.bitwise !== undefined);
  const named = fit.map((other) => `\`${other}\``).join(' and ');
  const log = new DiagnosticLog();
  const message = `\`numerics: bitwise\` asks for the same bytes on every machine, which \`${name}\` does not give; ${named} do.`;
  log.error('unmet-numerics', argumentSpan(`--engine ${name}`), message, {
    suggestion: `\`--engine ${fit[0]!}\``,
  });
  return log.sorted();
}
