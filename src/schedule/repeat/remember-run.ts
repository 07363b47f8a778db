import {mkdirSync, renameSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {digestOf, type Digest} from '../../base/digest.ts';
import {isSystemError} from '../../base/errno.ts';
import {ownProperty} from '../../base/own-property.ts';
import type {Results} from '../../journal/collect-results.ts';
import {hitsText} from '../../journal/journal.ts';
import {placedFiles} from '../../journal/results-folder.ts';
import type {InstanceGraph} from '../../pipeline/graph/instance.ts';
import {resultsFolder, type Store} from '../../store/layout.ts';
import {stateLine} from '../../store/records/record-line.ts';
import type {RunResult} from '../execute-run.ts';
import {readsOf} from './reads.ts';
import {
  repeatFiles,
  repeatFormat,
  type Planned,
  type Repeat,
  type RepeatedResult,
} from './repeat.ts';

/** A run that has shown its results. */
export interface ShownRun {
  readonly request: Digest;
  readonly graph: InstanceGraph;
  readonly store: Store;
  readonly result: Pick<RunResult, 'run' | 'outcome' | 'records' | 'stateOf'>;
  readonly results: Results;
  /** What it told of its plan. */
  readonly planned: (Planned & {readonly at: string}) | undefined;
}

/** Only this user writes: what others could change would not be used. */
const mode = 0o644;

/** Number of records in a piece of the file of states, which one thread looks at; and of hits in a line. */
const pieceRecords = 1000;

/**
 * Writes what a later run needs to repeat this one, if it ended well and everything that its instances were made from
 * can be looked at again. If the disk refuses, only time is lost.
 */
export function rememberRun(shown: ShownRun): void {
  const {store, graph, result, results, planned} = shown;
  const {run, outcome, records} = result;
  if (outcome !== 'ok' || planned === undefined || results.gone.length > 0) return;
  if (records.size === 0 || records.size !== graph.instances.size) return;
  const {at: _, ...plan} = planned;
  const reads = readsOf(graph);
  const states = reads && statesOf(shown);
  const repeated = states && repeatedResults(store, run, results);
  if (states === undefined || repeated === undefined) return;
  const hits = hitLines(graph, records);
  const repeat: Repeat = {
    format: repeatFormat,
    request: shown.request,
    reads: reads!,
    pipeline: graph.file,
    hits: records.size,
    savedMs: [...records.values()].reduce((sum, {durationMs}) => sum + durationMs, 0),
    planned: plan,
    results: repeated,
    hitsDigest: digestOf(hits),
    states: {lines: states.lines, pieces: states.pieces.map((piece) => Buffer.byteLength(piece))},
  };
  const files = repeatFiles(store, run);
  try {
    mkdirSync(files.folder);
    writeFileSync(files.hits, hits, {mode});
    writeFileSync(files.states, states.pieces.join(''), {mode});
    // The head comes last: where it is, the others are.
    const temporary = path.join(files.folder, 'repeat.tmp');
    writeFileSync(temporary, `${JSON.stringify(repeat)}\n`, {mode});
    renameSync(temporary, files.head);
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

/** The lines of states; `undefined`: the state of a record was not noted. */
function statesOf({
  result: {records, stateOf},
}: ShownRun): {readonly lines: number; readonly pieces: readonly string[]} | undefined {
  const lines = new Map<string, string>();
  for (const record of records.values()) {
    const state = stateOf(record.key);
    if (state === undefined) return undefined;
    if (!lines.has(record.key)) lines.set(record.key, `${stateLine(record, state)}\n`);
  }
  const pieces = piecesOf([...lines.values()], (piece) => piece.join(''));
  return {lines: lines.size, pieces};
}

/** The hits of a run with nothing to do, in the order of the pipeline. */
function hitLines({instances}: InstanceGraph, records: RunResult['records']): string {
  const hits = Array.from(instances.keys(), (instance) => {
    const {key, durationMs} = records.get(instance)!;
    return {instance, key, savedMs: durationMs};
  });
  return piecesOf(hits, (piece) => `${hitsText(piece)}\n`).join('');
}

function piecesOf<T>(
  items: readonly T[],
  text: (piece: readonly T[]) => string,
): readonly string[] {
  const pieces: string[] = [];
  for (let at = 0; at < items.length; at += pieceRecords) {
    pieces.push(text(items.slice(at, at + pieceRecords)));
  }
  return pieces;
}

/** The results by their names; `undefined`: the list of placed files does not have all of them. */
function repeatedResults(
  store: Store,
  run: string,
  {files}: Results,
): readonly RepeatedResult[] | undefined {
  const placed = placedFiles(store, run);
  const results = files.flatMap(({path: file, ...result}) => {
    const name = path.relative(resultsFolder(store, run), file);
    const artifact = ownProperty(placed, name);
    return artifact === undefined
      ? []
      : [{...result, name, digest: artifact.digest, sizeBytes: artifact.sizeBytes}];
  });
  return results.length === files.length ? results : undefined;
}
