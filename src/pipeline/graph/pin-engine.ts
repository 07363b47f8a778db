import type {Engines, PinnedEngine} from '../../base/engines.ts';
import {DiagnosticLog, type Diagnostic} from '../../diagnostics/diagnostic.ts';
import {argumentSpan} from '../../diagnostics/span.ts';
import type {InstanceGraph} from './instance.ts';

/** A graph as it is to be run, or what keeps it from being so. */
export type PinnedGraph =
  | {readonly kind: 'ok'; readonly graph: InstanceGraph}
  | {readonly kind: 'invalid'; readonly diagnostics: readonly Diagnostic[]};

/**
 * Makes the engine that is asked for part of the keys of what runs tensor programs, where the pipeline's `numerics` says
 * so. `auto` is then the first: keys must not depend on what a machine has.
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

/** Says that an engine does not give the same bytes on every machine, and which do. */
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
