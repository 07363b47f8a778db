import {fileNameOf} from '../base/file-name.ts';
import {media, type MediaName} from '../contract/media.ts';
import type {InstanceGraph, InstanceId, OutputRef} from '../pipeline/graph/instance.ts';
import type {Store} from '../store/layout.ts';
import type {StageRecord} from '../store/records/record.ts';
import {ResultsFolder} from './results-folder.ts';

/** A file that a person may want to open. */
export interface ResultFile {
  readonly path: string;
  readonly media: MediaName;
  /** Whether it is an output of an instance whose outputs nothing else takes. */
  readonly isFinal: boolean;
}

/** The result files of a run. */
export interface Results {
  readonly files: readonly ResultFile[];
  /** Outputs whose bytes were removed from the store after they were made: `table.markdown`. */
  readonly gone: readonly string[];
}

/** Media that are shown wherever in the pipeline they are made. */
const readable: ReadonlySet<MediaName> = new Set(['image', 'markdown', 'csv', 'latex']);

/**
 * Collects the results of a run in its `results` folder under readable names: the outputs of its last instances, and
 * every picture and text on the way.
 */
export function collectResults(given: {
  readonly graph: InstanceGraph;
  readonly records: ReadonlyMap<InstanceId, StageRecord>;
  readonly store: Store;
  readonly run: string;
}): Results {
  const {graph, records, store, run} = given;
  const folder = new ResultsFolder(store, run);
  const used = usedInstances(graph);
  const files: ResultFile[] = [];
  const gone: string[] = [];
  for (const [id, record] of records) {
    const isFinal = !used.has(id);
    for (const [name, output] of Object.entries(record.outputs)) {
      if (!isFinal && !readable.has(output.media)) continue;
      for (const [index, artifact] of output.artifacts.entries()) {
        const number = output.artifacts.length > 1 ? `.${index}` : '';
        const {extension} = media[output.media];
        const title = `${id}.${name}${number}`;
        const path = folder.place(`${fileNameOf(title)}.${extension}`, artifact);
        if (path === undefined) gone.push(title);
        else files.push({path, media: output.media, isFinal});
      }
    }
  }
  folder.close();
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
