import {createHash} from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import {parseDigest, type Digest} from '../../base/digest.ts';
import {isSystemError} from '../../base/errno.ts';
import {ownProperty} from '../../base/own-property.ts';
import type {Results} from '../../journal/collect-results.ts';
import {hitsText} from '../../journal/journal.ts';
import {placedFiles, type PlacedFiles} from '../../journal/results-folder.ts';
import type {InstanceGraph} from '../../pipeline/graph/instance.ts';
import {resultsFolder, type Store} from '../../store/layout.ts';
import {placedLine, stateLine} from '../../store/records/record-line.ts';
import type {Key} from '../../store/records/record.ts';
import type {RunResult} from '../execute-run.ts';
import {searchedRuns} from './find-repeat.ts';
import {readsOf} from './reads.ts';
import {
  headText,
  repeatFiles,
  repeatFormat,
  type Planned,
  type Repeat,
  type RepeatedResult,
} from './repeat.ts';

/** A run that has shown its results. */
export interface ShownRun {
  readonly request: Digest;
  /** The whole pipeline, all of which was read. */
  readonly whole: InstanceGraph;
  /** The part of it that was run. */
  readonly graph: InstanceGraph;
  readonly store: Store;
  readonly result: Omit<RunResult, 'tally'>;
  readonly results: Results;
  /** Those of the results that its last screen names. */
  readonly named: Results['files'];
  /** What it told of its plan. */
  readonly planned: (Planned & {readonly at: string}) | undefined;
}

/** Size limit of the hits, which are read as one text: about three million. */
const maxHitBytes = 2 ** 28;

/** Number of results from which later runs do not place them again: a link for each would take longer than all else. */
export const placedOnce = 1000;

/** Number of results in a line about them. Each line costs as much as a look at a file. */
const placedInLine = 32;

/** The facts of a run that are known before anything is written. */
type Known = Pick<Repeat, 'reads' | 'planned' | 'results' | 'placed'>;

/**
 * Writes what a later run needs to repeat this one, if it ended well and everything that its instances were made from
 * can be looked at again. If the disk refuses, only time is lost.
 */
export function rememberRun(shown: ShownRun): void {
  try {
    remember(shown);
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

function remember(shown: ShownRun): void {
  const {whole, planned} = shown;
  const reads = isSettled(shown) ? readsOf(whole) : undefined;
  const states = reads && statesOf(shown);
  const placed = states && placedFiles(shown.store, shown.result.run);
  const results = placed && repeatedResults(shown, placed);
  if (reads === undefined || results === undefined || planned === undefined) return;
  const {at: _, ...plan} = planned;
  const known = {reads, planned: plan};
  if (results.length < placedOnce) write(shown, states!, {...known, results});
  else writePlaced(shown, [...states!, ...placedLines(placed!)], {...known, results});
}

/** Writes that later runs name the results which this one has placed. */
function writePlaced(shown: ShownRun, lines: readonly string[], known: Known): void {
  const names = new Set(shown.named.map(({path: file}) => path.basename(file)));
  const results = known.results.filter(({name}) => names.has(name));
  const placed = {run: shown.result.run, others: known.results.length - results.length};
  write(shown, lines, {...known, results, placed});
}

/** Lines about all results. */
function placedLines(placed: PlacedFiles): readonly string[] {
  const files = Object.entries(placed).map(([name, file]) => ({name, ...file}));
  const lines: string[] = [];
  for (let at = 0; at < files.length; at += placedInLine) {
    lines.push(`${placedLine(files.slice(at, at + placedInLine))}\n`);
  }
  return lines;
}

/** Whether every instance has its result, and was keyed by those of the instances before it. */
function isSettled({graph, result, results}: ShownRun): boolean {
  const {outcome, records, hasReopened} = result;
  if (outcome !== 'ok' || hasReopened || records.size === 0) return false;
  return results.gone.length === 0 && records.size === graph.instances.size;
}

function write(
  {store, graph, request, result: {run, records}}: ShownRun,
  lines: readonly string[],
  known: Known,
): void {
  const files = repeatFiles(store, run, request);
  mkdirSync(files.folder, {mode: folderMode});
  const hits = writePieces(files.hits, hitLines(graph, records));
  if (sum(hits.sizes) > maxHitBytes) return rmSync(files.folder, {recursive: true});
  const states = writePieces(files.states, piecesOf(lines));
  const repeat: Repeat = {
    format: repeatFormat,
    pipeline: graph.file,
    hits: records.size,
    savedMs: sum(Array.from(records.values(), ({durationMs}) => durationMs)),
    hitsDigest: hits.digest,
    states: {digest: states.digest, lines: lines.length, pieces: states.sizes},
    ...known,
  };
  // The head comes last: where it is, the others are.
  const temporary = path.join(files.folder, 'tmp');
  writeFileSync(temporary, headText(repeat), {mode, flag: 'wx'});
  renameSync(temporary, files.head);
  forgetOthers(store, run, request);
}

/** Removes what earlier runs left for the same request, since only the newest is used. */
function forgetOthers(store: Store, run: string, request: Digest): void {
  for (const other of searchedRuns(store)) {
    const {head, folder} = repeatFiles(store, other, request);
    if (other !== run && existsSync(head)) rmSync(folder, {recursive: true, force: true});
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/**
 * A line about each record. `undefined`: the state of one was not noted, or two instances found different results of one
 * key, since somebody replaced the first.
 */
function statesOf({result: {records, stateOf}}: ShownRun): readonly string[] | undefined {
  const lines = new Map<Key, string>();
  for (const record of records.values()) {
    const {key} = record;
    const state = stateOf(key);
    if (state === undefined) return undefined;
    const line = `${stateLine(record, state)}\n`;
    if ((lines.get(key) ?? line) !== line) return undefined;
    lines.set(key, line);
  }
  return [...lines.values()];
}

/** The hits of a run with nothing to do, in the order of the pipeline: a thousand in a line. */
function* hitLines({instances}: InstanceGraph, records: RunResult['records']): Iterable<string> {
  let hits = [];
  for (const instance of instances.keys()) {
    const {key, durationMs} = records.get(instance)!;
    hits.push({instance, key, savedMs: durationMs});
    if (hits.length < 1000) continue;
    yield `${hitsText(hits)}\n`;
    hits = [];
  }
  if (hits.length > 0) yield `${hitsText(hits)}\n`;
}

/** Size from which a piece of the file of states is full. One thread looks at a piece: about a thousand records. */
const pieceBytes = 200_000;

function* piecesOf(lines: readonly string[]): Iterable<string> {
  let piece = '';
  for (const line of lines) {
    piece += line;
    if (piece.length < pieceBytes) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

/** Only this user writes: what others could change would not be used. */
const [mode, folderMode] = [0o644, 0o755];

/** Writes a file piece by piece: together, the pieces may be longer than a text can be. */
function writePieces(
  file: string,
  pieces: Iterable<string>,
): {readonly digest: Digest; readonly sizes: readonly number[]} {
  const sha256 = createHash('sha256');
  const sizes: number[] = [];
  const descriptor = openSync(file, 'wx', mode);
  try {
    for (const piece of pieces) {
      const bytes = Buffer.from(piece);
      sha256.update(bytes);
      for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
      sizes.push(bytes.length);
    }
  } finally {
    closeSync(descriptor);
  }
  return {digest: parseDigest(sha256.digest('hex'))!, sizes};
}

/** The results by their names; `undefined`: the list of placed files does not have all of them. */
function repeatedResults(
  {store, result: {run}, results: {files}}: ShownRun,
  placed: PlacedFiles,
): readonly RepeatedResult[] | undefined {
  const results = files.flatMap(({path: file, ...result}) => {
    const name = path.relative(resultsFolder(store, run), file);
    const artifact = ownProperty(placed, name);
    if (artifact === undefined) return [];
    const {digest, sizeBytes} = artifact;
    return [{...result, name, digest, sizeBytes}];
  });
  return results.length === files.length ? results : undefined;
}
