import {linkSync, mkdirSync} from 'node:fs';
import path from 'node:path';
import type {Digest} from '../../base/digest.ts';
import {isSystemError} from '../../base/errno.ts';
import type {RunFacts} from '../../journal/event.ts';
import type {Results} from '../../journal/collect-results.ts';
import {ResultsFolder} from '../../journal/results-folder.ts';
import {hasLinked} from '../../store/artifacts/place-artifact.ts';
import {resultsFolder, resultsListPath, type Store} from '../../store/layout.ts';
import {recordRepeat, type RecordedSetup} from '../record-run.ts';
import type {FoundRepeat} from './find-repeat.ts';
import {repeatFiles, type Repeat} from './repeat.ts';

/** Repeats a run: records that everything is stored, and places its results again. Rejects only if the store cannot be written. */
export async function repeatRun(
  {run: before, repeat, hits}: FoundRepeat,
  request: Digest,
  setup: Omit<RecordedSetup, 'pipeline' | 'instances'> & {readonly facts: RunFacts},
): Promise<{readonly run: string; readonly outcome: 'ok'; readonly results: Results}> {
  const {planned, savedMs, pipeline} = repeat;
  const recorded = {...setup, pipeline, instances: repeat.hits};
  const {run, outcome} = await recordRepeat(recorded, ({recorder}) => {
    // The texts of the pipeline are as they were; whatever else is known of this run is new.
    const {text, sources} = planned.facts ?? {};
    const texts = {...(text !== undefined && {text}), ...(sources && {sources})};
    recorder.emit({...planned, facts: {...setup.facts, ...texts}});
    for (const text of hits) recorder.keepHits(text);
    const none = {ran: 0, failed: 0, skipped: 0, unstarted: 0};
    return {outcome: 'ok' as const, tally: {hits: repeat.hits, ...none, savedMs}};
  });
  const {store} = setup;
  const results =
    repeat.placed === undefined
      ? placeAgain(repeat, store, run)
      : resultsInPlace(repeat, repeat.placed, {store, run});
  // If some are gone, the next run makes them, and this one is no example.
  if (results.gone.length === 0) passOn(store, before, run, request);
  return {run, outcome, results};
}

/** Names the results where an earlier run has placed them, and passes their list on. */
function resultsInPlace(
  {results}: Repeat,
  placed: NonNullable<Repeat['placed']>,
  {store, run}: {readonly store: Store; readonly run: string},
): Results {
  // Without the list, an export of the run lacks the results.
  hasLinked(resultsListPath(store, placed.run), resultsListPath(store, run));
  const folder = resultsFolder(store, placed.run);
  const files = results.map((result) => ({...result, path: path.join(folder, result.name)}));
  return {files, others: placed.others, gone: []};
}

function placeAgain({results}: Repeat, store: Store, run: string): Results {
  const folder = new ResultsFolder(store, run);
  const files: Results['files'][number][] = [];
  const gone: string[] = [];
  for (const {name, digest, sizeBytes, ...result} of results) {
    const at = folder.place(name, {digest, sizeBytes});
    if (at === undefined) gone.push(result.title);
    else files.push({...result, path: at});
  }
  folder.close();
  return {files, gone};
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
