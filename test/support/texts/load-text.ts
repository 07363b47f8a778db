import {formatDiagnostics} from '../../../src/diagnostics/format-diagnostics.ts';
import type {InstanceGraph} from '../../../src/pipeline/graph/instance.ts';
import {loadPipeline, type LoadedPipeline} from '../../../src/pipeline/load-pipeline.ts';
import {testRegistry} from '../registries/test-registry.ts';

/** Loads a pipeline from texts by path; the first is run. Other files do not exist. */
export function loadTexts(
  texts: Readonly<Record<string, string | Uint8Array>>,
  set: readonly string[] = [],
): Promise<LoadedPipeline> {
  const readFile = (path: string): Promise<Uint8Array> => {
    const text = texts[path];
    if (text !== undefined) return Promise.resolve(Buffer.from(text));
    return Promise.reject(Object.assign(new Error('not there'), {code: 'ENOENT'}));
  };
  return loadPipeline({file: Object.keys(texts)[0]!, registry: testRegistry, set, readFile});
}

/** Loads the text of one pipeline. */
export function loadText(text: string, set: readonly string[] = []): Promise<LoadedPipeline> {
  return loadTexts({'pipeline.yaml': text}, set);
}

/** The graph of a valid pipeline. */
export async function graphOf(text: string, set: readonly string[] = []): Promise<InstanceGraph> {
  const loaded = await loadText(text, set);
  if (loaded.kind === 'ok') return loaded.graph;
  throw new Error(formatDiagnostics(loaded.diagnostics));
}

/** The user's output: mistakes, or the warnings of a valid pipeline. */
export function outputOf(loaded: LoadedPipeline): string {
  return formatDiagnostics(loaded.kind === 'ok' ? loaded.warnings : loaded.diagnostics);
}
