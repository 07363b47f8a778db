import {linkSync, mkdirSync} from 'node:fs';
import path from 'node:path';
import type {Digest} from '../../base/digest.ts';
import {isSystemError} from '../../base/errno.ts';
import type {RunFacts} from '../../journal/event.ts';
import type {Results} from '../../journal/collect-results.ts';
import {placedFiles, ResultsFolder, shareResults} from '../../journal/results-folder.ts';
import {resultsFolder, type Store} from '../../store/layout.ts';
import {recordRun, type RecordedSetup} from '../record-run.ts';
import type {FoundRepeat} from './find-repeat.ts';
import {repeatFiles} from './repeat.ts';

/** Repeats a run: records that everything is stored, and places its results again. Rejects only if the store cannot be written. */
export async function repeatRun(
  {run: before, repeat, hits}: FoundRepeat,
  request: Digest,
  setup: Omit<RecordedSetup, 'pipeline' | 'instances'> & {readonly facts: RunFacts},
): Promise<{readonly run: string; readonly outcome: 'ok'; readonly results: Results}> {
  const {planned, savedMs, pipeline} = repeat;
  const recorded = {...setup, pipeline, instances: repeat.hits};
  const {run, outcome} = await recordRun(recorded, async ({recorder}) => {
    // The texts of the pipeline are as they were; whatever else is known of this run is new.
    const {text, sources} = planned.facts ?? {};
    const texts = {...(text !== undefined && {text}), ...(sources && {sources})};
    recorder.emit({...planned, facts: {...setup.facts, ...texts}});
    for (const text of hits) recorder.keepHits(text);
    const none = {ran: 0, failed: 0, skipped: 0, unstarted: 0};
    return await Promise.resolve({
      outcome: 'ok' as const,
      tally: {hits: repeat.hits, ...none, savedMs},
    });
  });
  const {store} = setup;
  const {named, others} = repeat.results;
  const isShared = shareResults(store, {before, run, count: named.length + others});
  // Files that were placed anew are others: this run is no example.
  if (isShared) passOn(store, before, run, request);
  const gone = isShared ? [] : placeAnew(store, before, run);
  const folder = resultsFolder(store, run);
  const files = named.flatMap(({name, ...result}) =>
    gone.includes(name) ? [] : [{...result, path: path.join(folder, name)}],
  );
  return {run, outcome, results: {files, others, gone}};
}

/** Places the results of an earlier run from the store, and gives the names of those that are gone. */
function placeAnew(store: Store, before: string, run: string): readonly string[] {
  const folder = new ResultsFolder(store, run);
  const gone = Object.entries(placedFiles(store, before)).flatMap(([name, artifact]) =>
    folder.place(name, artifact) === undefined ? [name] : [],
  );
  folder.close();
  return gone;
}

/** Gives a run the files of the run that it repeats, so that the next one finds them. If that fails, only time is lost. */
function passOn(store: Store, before: string, run: string, request: Digest): void {
  const [from, to] = [repeatFiles(store, before, request), repeatFiles(store, run, request)];
  try {
    mkdirSync(to.folder, {mode: 0o755});
    // The head comes last: where it is, the others are.
    for (const name of ['hits', 'states', 'head'] as const) linkSync(from[name], to[name]);
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}
