import {engineOptions, type EngineWish, type PinnedEngine} from '../../base/engines.ts';
import {DiagnosticLog, type Diagnostic} from '../../diagnostics/diagnostic.ts';
import {argumentSpan} from '../../diagnostics/span.ts';
import type {InstanceGraph} from './instance.ts';

/** A graph with pinned engines, or the reasons why it cannot be run. */
export type PinnedGraph =
  | {readonly kind: 'ok'; readonly graph: InstanceGraph}
  | {readonly kind: 'invalid'; readonly diagnostics: readonly Diagnostic[]};

/**
 * Adds the requested engine to the keys of all instances that run tensor programs, if the pipeline's `numerics` demands
 * it. `auto` then means `wasm`, because keys must not depend on a machine's devices.
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
