import {canonicalJson} from '../base/canonical-json.ts';
import type {Instance, InstanceGraph, InstanceId} from './instance.ts';

/**
 * For each instance the first one of the graph that computes the same, often itself: of one stage type, with the same
 * parameters, from the same. Whatever the bytes turn out to be, their results have one key.
 */
export function twins(graph: InstanceGraph): ReadonlyMap<InstanceId, InstanceId> {
  const firstOf = new Map<InstanceId, InstanceId>();
  const byMeaning = new Map<string, InstanceId>();
  for (const instance of graph.instances.values()) {
    const meaning = meaningOf(instance, firstOf);
    const first = byMeaning.get(meaning);
    if (first === undefined) byMeaning.set(meaning, instance.id);
    firstOf.set(instance.id, first ?? instance.id);
  }
  return firstOf;
}

function meaningOf(
  {type, params, inputs, environment}: Instance,
  firstOf: ReadonlyMap<InstanceId, InstanceId>,
): string {
  const sources = Object.entries(inputs).map(([port, refs]) => [
    port,
    ...refs.flatMap(({instance, output}) => [firstOf.get(instance)!, output]),
  ]);
  const given = canonicalJson([params, environment?.identity ?? {}]);
  return JSON.stringify([type.contract.type, given, sources]);
}
