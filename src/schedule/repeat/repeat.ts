import path from 'node:path';
import {digestOf, parseDigest, type Digest} from '../../base/digest.ts';
import {isEvent} from '../../journal/event-shape.ts';
import type {RunEventBody} from '../../journal/event.ts';
import type {ResultFile} from '../../journal/collect-results.ts';
import {repeatFolder, type Store} from '../../store/layout.ts';
import type {Artifact} from '../../store/records/record.ts';
import type {Reads} from './reads.ts';

/**
 * What a later run needs to repeat a run that ended well, without making its instances again: what they were made from,
 * and what the run told and showed.
 */
export interface Repeat {
  readonly format: typeof repeatFormat;
  readonly reads: Reads;
  /** The pipeline file, as the user named it. */
  readonly pipeline: string;
  /** The number of instances, all of which are stored. */
  readonly hits: number;
  /** The working time of their results. */
  readonly savedMs: number;
  readonly planned: Planned;
  readonly results: readonly RepeatedResult[];
  /** Set if later runs do not place the results again. Then `results` are only those that the last screen names. */
  readonly placed?: {
    /** The run that has placed them. */
    readonly run: string;
    /** The number of those that are not in `results`, as the last screen does not name them. */
    readonly others: number;
  };
  /** The digest of the file of hits. */
  readonly hitsDigest: Digest;
  /** The digest of the file of states, its number of lines, and the bytes of each piece of it, which ends with a line. */
  readonly states: {
    readonly digest: Digest;
    readonly lines: number;
    readonly pieces: readonly number[];
  };
}

/** Changes with the form of these files. */
export const repeatFormat = 2;

export type Planned = Extract<RunEventBody, {kind: 'planned'}>;

/** A result file of a run by its name in the folder of results. */
export interface RepeatedResult extends Omit<ResultFile, 'path'>, Artifact {
  readonly name: string;
}

/**
 * The files of a repeat in the folder of its run.
 * @param request what was asked for, and of which program: both runs must ask for the same
 */
export function repeatFiles(
  store: Store,
  run: string,
  request: Digest,
): {
  readonly folder: string;
  /** A `Repeat`, as `headText` writes it. */
  readonly head: string;
  /** Hits as the journal has them, some thousand in a line. */
  readonly hits: string;
  /** A line for each record, and lines for results that are not placed again, which a survey understands. */
  readonly states: string;
} {
  const folder = repeatFolder(store, run);
  const at = (name: string): string => path.join(folder, name);
  return {folder, head: at(`${request}.txt`), hits: at('hits.jsonl'), states: at('states.txt')};
}

/** The text of a head: its digest, and JSON. */
export function headText(repeat: Repeat): string {
  const json = JSON.stringify(repeat);
  return `${digestOf(json)}\n${json}\n`;
}

/** Parses the head of a repeat; `undefined` if it is none, or not whole. */
export function parseRepeat(text: string): Repeat | undefined {
  const [digest, json = ''] = text.split('\n');
  if (digestOf(json) !== digest) return undefined;
  try {
    const value = JSON.parse(json) as Repeat | null;
    return value?.format === repeatFormat && isWhole(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Throws a `TypeError` if a list is missing. */
function isWhole({reads, pipeline, hits, savedMs, planned, ...rest}: Repeat): boolean {
  const {results, placed, hitsDigest, states} = rest;
  const isNamed = ([name]: readonly unknown[]): boolean => typeof name === 'string';
  return (
    [hitsDigest, states.digest].every((digest) => parseDigest(digest) !== undefined) &&
    [...reads.sources, ...reads.variables, ...reads.files, ...reads.looks].every(isNamed) &&
    typeof pipeline === 'string' &&
    [hits, states.lines, ...states.pieces].every(isCount) &&
    Number.isFinite(savedMs) &&
    isPlanned(planned) &&
    results.every(isResult) &&
    (placed === undefined || (isName(placed.run) && isCount(placed.others)))
  );
}

/** Whether it is such an event. Its graphs, which may be large, are only written on: whoever reads them checks them. */
function isPlanned(planned: Planned): boolean {
  const none = {nodes: [], edges: []};
  return isEvent({at: new Date(0).toISOString(), ...planned, stages: none, instances: none});
}

function isResult({name, title, media, digest, sizeBytes}: RepeatedResult): boolean {
  const texts = [name, title, media];
  if (!texts.every((text) => typeof text === 'string') || !isCount(sizeBytes)) return false;
  return isName(name) && parseDigest(digest) !== undefined;
}

/** Whether it can be a name in a folder, and nothing else. */
function isName(name: string): boolean {
  return !/[/\\\0]/.test(name) && !['', '.', '..'].includes(name);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
