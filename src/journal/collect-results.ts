import {existsSync} from 'node:fs';
import path from 'node:path';
import {isMade, type OutputPort} from '../contract/contract.ts';
import type {InstanceGraph, InstanceId, OutputRef} from '../pipeline/graph/instance.ts';
import {blobPath, resultsFolder, type Store} from '../store/layout.ts';
import type {Artifact, StageRecord} from '../store/records/record.ts';
import {resultNames} from './result-names.ts';
import {ResultsFolder} from './results-folder.ts';

/** A file that a person may want to open. */
export interface ResultFile {
  readonly path: string;
  readonly media: string;
  /** The output as commands name it: `distilled.synthetic`. */
  readonly title: string;
  /** Whether the contract says that pipelines are run for it. */
  readonly isProduct: boolean;
  /** Whether it is an output of an instance whose outputs nothing else takes. */
  readonly isFinal: boolean;
}

/** The result files of a run. */
export interface Results {
  readonly files: readonly ResultFile[];
  /** The number of further files, if `files` has only those that a last screen names. */
  readonly others?: number;
  /** Outputs whose bytes were removed from the store after they were made: `table.markdown`. */
  readonly gone: readonly string[];
}

/** Media that are results wherever in the pipeline they are made. */
const readable: ReadonlySet<string> = new Set(['image', 'markdown', 'csv', 'latex']);

interface Given {
  readonly graph: InstanceGraph;
  readonly records: ReadonlyMap<InstanceId, StageRecord>;
  readonly store: Store;
}

/**
 * Collects the results of a run in its `results` folder under readable names: the outputs of its last instances, and
 * every product, picture and text on the way.
 */
export function collectResults(given: Given & {readonly run: string}): Results {
  const folder = new ResultsFolder(given.store, given.run);
  const results = resultsOf(given, (name, artifact) => folder.place(name, artifact));
  folder.close();
  return results;
}

/** The same files, where another process has collected them. */
export function placedResults({run, ...given}: Given & {readonly run: string}): Results {
  const folder = resultsFolder(given.store, run);
  return resultsOf(given, (name) => {
    const file = path.join(folder, name);
    return existsSync(file) ? file : undefined;
  });
}

/** The same files at their places in the store, for a store that is read-only. */
export function storedResults(given: Given): Results {
  return resultsOf(given, (_name, {digest}) => {
    const file = blobPath(given.store, digest);
    return existsSync(file) ? file : undefined;
  });
}

/**
 * The outputs of a run that are its results, by instance; of an instance without any there is nothing.
 * @param used the instances that others take input from
 */
export function resultOutputs(
  graph: InstanceGraph,
  used = usedInstances(graph),
): ReadonlyMap<InstanceId, readonly string[]> {
  const results = new Map<InstanceId, readonly string[]>();
  const finals = new Map<unknown, Ports>();
  const others = new Map<unknown, Ports>();
  for (const [id, {type, params}] of graph.instances) {
    const {outputs} = type.contract;
    const isUsed = used.has(id);
    const known = isUsed ? others : finals;
    let ports = known.get(outputs);
    // There may be very many instances: what is the same for all of a type is done once.
    if (ports === undefined) known.set(outputs, (ports = resultPorts(outputs, isUsed)));
    if (ports.length === 0) continue;
    const names = ports.filter(([, port]) => isMade(port, params)).map(([name]) => name);
    if (names.length > 0) results.set(id, names);
  }
  return results;
}

type Ports = readonly (readonly [name: string, port: OutputPort])[];

/** The outputs of a stage type that are results if they are made. */
function resultPorts(outputs: Readonly<Record<string, OutputPort>>, isUsed: boolean): Ports {
  return Object.entries(outputs).filter(
    ([, {product, media}]) => !isUsed || product === true || readable.has(media),
  );
}

/** @param place gives the path of an artifact under a name; `undefined`: it is gone from the store */
function resultsOf(
  {graph, records}: Given,
  place: (name: string, artifact: Artifact) => string | undefined,
): Results {
  const used = usedInstances(graph);
  const outputNames = resultOutputs(graph, used);
  const nameOf = resultNames(graph, outputNames);
  const files: ResultFile[] = [];
  const gone: string[] = [];
  // In the order of the pipeline, so that every run lists them alike.
  for (const [id, names] of outputNames) {
    const record = records.get(id);
    if (record === undefined) continue;
    const isFinal = !used.has(id);
    const {outputs} = graph.instances.get(id)!.type.contract;
    for (const name of names) {
      const {media, artifacts} = record.outputs[name]!;
      const isProduct = outputs[name]?.product === true;
      for (const [index, artifact] of artifacts.entries()) {
        const isOne = artifacts.length === 1;
        const title = isOne ? `${id}.${name}` : `${id}.${name}[${index}]`;
        const at = place(nameOf(id, name, isOne ? undefined : index), artifact);
        if (at === undefined) gone.push(title);
        else files.push({path: at, media, title, isProduct, isFinal});
      }
    }
  }
  return {files, gone};
}

/** The instances that others take input from. */
function usedInstances(graph: InstanceGraph): ReadonlySet<InstanceId> {
  const used = new Set<InstanceId>();
  const seen = new Set<readonly OutputRef[]>();
  for (const {inputs} of graph.instances.values()) {
    for (const refs of Object.values(inputs)) {
      // Instances with the same inputs share the list.
      if (seen.has(refs)) continue;
      seen.add(refs);
      for (const {instance} of refs) used.add(instance);
    }
  }
  return used;
}
