import {engineOptions, type EngineWish, type PinnedEngine} from '../../base/engines.ts';
import {DiagnosticLog, type Diagnostic} from '../../diagnostics/diagnostic.ts';
import {argumentSpan} from '../../diagnostics/span.ts';
import type {InstanceGraph} from './instance.ts';

/** A graph as it is to be run, or what keeps it from being so. */
export type PinnedGraph =
  | {readonly kind: 'ok'; readonly graph: InstanceGraph}
  | {readonly kind: 'invalid'; readonly diagnostics: readonly Diagnostic[]};

/**
 * Makes the engine that is asked for part of the keys of what runs tensor programs, where the pipeline's `numerics` says
 * so. `auto` is then `wasm`: keys must not depend on what a machine has.
 */
export function pinEngine(graph: InstanceGraph, wish: EngineWish): PinnedGraph {
  const {numerics} = graph;
  if (numerics === 'any') return {kind: 'ok', graph};
  const name = wish === 'auto' ? 'wasm' : wish;
  if (numerics === 'bitwise' && name === 'tfjs') {
    const log = new DiagnosticLog();
    const message =
      '`numerics: bitwise` asks for the same bytes on every machine, which `tfjs` does not give; `wasm` and `wasm-precise` do.';
    log.error('unmet-numerics', argumentSpan(`--engine ${name}`), message, {
      suggestion: '`--engine wasm`',
    });
    return {kind: 'invalid', diagnostics: log.sorted()};
  }
  const engine: PinnedEngine = {name, numerics, ...engineOptions(name, numerics)};
  const instances = Array.from(graph.instances, ([id, instance]) => {
    const runsPrograms = instance.type.contract.engine === true;
    return [id, runsPrograms ? {...instance, engine} : instance] as const;
  });
  return {kind: 'ok', graph: {...graph, instances: new Map(instances)}};
}
