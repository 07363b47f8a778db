import path from 'node:path';
import {isErrno} from '../base/errno.ts';
import {createWhole} from '../store/durable.ts';
import {foreignFileFault} from '../store/foreign-file.ts';
import {requestPath, type Store} from '../store/layout.ts';
import {readText} from '../base/read-text.ts';
import {readStart, type ReadFile} from '../document/read-source.ts';
import type {Demand} from '../pipeline/graph/demand.ts';

/** The work of the members of a run: everything that `run --on` was told, and the pipeline as it was then. */
export interface RunRequest {
  readonly format: 1;
  /** The version of the program that submitted it, which members must have. */
  readonly version: string;
  readonly cluster: string;
  /** The working folder of the command, to which the paths in it are relative. */
  readonly cwd: string;
  readonly args: RequestArgs;
  /** The texts of the pipeline and of those that it uses, by absolute path, as read at submission. */
  readonly sources: Readonly<Record<string, string>>;
  /** The variables that are passed on to the pipeline's programs, by name the digests of their values. */
  readonly variables: Readonly<Record<string, string>>;
  /** The plugins of the pipeline, by the digests of their code their names. */
  readonly plugins: Readonly<Record<string, string>>;
  /** The demands that the members of each pool take. */
  readonly pools: Readonly<Record<string, {readonly takes: readonly Demand[]}>>;
  /** Number of times that one allocation may be continued after its time was up. */
  readonly restarts: number;
}

/** Arguments of the command. */
export interface RequestArgs {
  /** The pipeline file, as the user named it. */
  readonly file: string;
  readonly selectors: readonly string[];
  /** The files of parameters, whose texts are among `sources`. */
  readonly paramsFile: readonly string[];
  readonly set: readonly string[];
  /** The plugins of the project, each with the absolute path of the file that names it. */
  readonly projectPlugins: Readonly<Record<string, string>>;
  /** The absolute path of the project file, in which members look for the remote cache. Absent: there is none. */
  readonly projectFile?: string;
  readonly until: readonly string[];
  readonly force: readonly string[];
  readonly engine: string;
  readonly software: boolean;
  readonly keepGoing: boolean;
  /** Whether the remote cache of the configuration is used. */
  readonly remote: boolean;
  /** Whether results are shared, whatever the configuration says. */
  readonly remoteWrite: boolean;
  /** The time from one checkpoint of a running stage to the next, in milliseconds. Absent: the default. */
  readonly checkpointInterval?: number;
  /** The time that a stage has to stop, in milliseconds. Absent: the default. */
  readonly stopWithin?: number;
}

export type FoundRequest =
  | {readonly kind: 'found'; readonly request: RunRequest}
  /** The message is a sentence for the user. */
  | {readonly kind: 'unusable'; readonly message: string};

/** Writes the request of a run, before anything is submitted. */
export async function writeRequest(store: Store, run: string, request: RunRequest): Promise<void> {
  await createWhole(store, requestPath(store, run), `${JSON.stringify(request, undefined, 2)}\n`);
}

/** Reads the request of a run, whose file may say anything. That of another user is unusable. */
export function readRequest(store: Store, run: string): FoundRequest {
  const unusable = (message: string): FoundRequest => ({kind: 'unusable', message});
  const file = requestPath(store, run);
  const foreign = foreignFileFault(file);
  if (foreign !== undefined) return unusable(foreign);
  let value: unknown;
  try {
    value = JSON.parse(readText(file));
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) {
      return unusable(`Run ${run} was not submitted to a cluster: there is no ${file}.`);
    }
    if (!(error instanceof SyntaxError)) throw error;
    return unusable(`${file} is damaged: ${error.message}.`);
  }
  const {format} = (value ?? {}) as {readonly format?: unknown};
  if (typeof format === 'number' && format > 1) {
    return unusable(`${file} was written by a newer version of this program.`);
  }
  const fault = isObject(value) ? fields(requestFields)(value, '') : 'it is no object';
  if (fault !== undefined) return unusable(`${file} is damaged: ${fault}.`);
  return {kind: 'found', request: value as RunRequest};
}

/** Reads files as usual, and keeps the texts for a request. */
export function keepSources(readFile: ReadFile = readStart): {
  readonly readFile: ReadFile;
  readonly sources: () => Readonly<Record<string, string>>;
} {
  const kept = new Map<string, string>();
  return {
    readFile: async (file, limit) => {
      const bytes = await readFile(file, limit);
      kept.set(path.resolve(file), Buffer.from(bytes).toString('utf8'));
      return bytes;
    },
    sources: () => Object.fromEntries(kept),
  };
}

/** Reads the texts of a request in the place of files, which may have changed or gone. */
export function readKept({sources}: Pick<RunRequest, 'sources'>): ReadFile {
  const kept = new Map(Object.entries(sources));
  return async (file) => {
    const text = kept.get(path.resolve(file));
    if (text === undefined) throw Object.assign(new Error('It is not kept.'), {code: 'ENOENT'});
    return await Promise.resolve(Buffer.from(text));
  };
}

/** Says what is wrong with a value, as a clause that names the field. */
type Check = (value: unknown, field: string) => string | undefined;
type Shape<T> = {readonly [Name in keyof Required<T>]: Check};

const must =
  (what: string, isRight: (value: unknown) => boolean): Check =>
  (value, field) =>
    isRight(value) ? undefined : `\`${field}\` must be ${what}`;
const isText = (value: unknown): boolean => typeof value === 'string';
const text = must('a text', isText);
const truth = must('true or false', (value) => typeof value === 'boolean');
const absolute = must(
  'an absolute path',
  (value) => typeof value === 'string' && path.isAbsolute(value),
);
const amount = must(
  'a number ≥ 0',
  (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0,
);
const listOf = (what: string, isRight: (value: unknown) => boolean): Check =>
  must(`a list of ${what}`, (value) => Array.isArray(value) && value.every(isRight));
const texts = listOf('texts', isText);
const demands = listOf('gpu, device and cpu', (value) =>
  ['gpu', 'device', 'cpu'].includes(value as string),
);
const optional =
  (check: Check): Check =>
  (value, field) =>
    value === undefined ? undefined : check(value, field);
const object = must('an object', isObject);
const fields =
  (shape: Readonly<Record<string, Check>>): Check =>
  (value, field) => {
    if (!isObject(value)) return object(value, field);
    const at = (name: string): string => (field === '' ? name : `${field}.${name}`);
    const stray = Object.keys(value).find((name) => !Object.hasOwn(shape, name));
    if (stray !== undefined) return `nothing reads \`${at(stray)}\``;
    return first(Object.entries(shape), ([name, check]) => check(value[name], at(name)));
  };
const each =
  (name: Check, content: Check): Check =>
  (value, field) => {
    if (!isObject(value)) return object(value, field);
    const entries = Object.entries(value);
    return first(entries, ([key, item]) => name(key, field) ?? content(item, `${field}.${key}`));
  };

const requestFields: Shape<RunRequest> = {
  format: must('1', (value) => value === 1),
  version: text,
  cluster: text,
  cwd: absolute,
  args: fields({
    file: text,
    selectors: texts,
    paramsFile: texts,
    set: texts,
    projectPlugins: each(text, absolute),
    projectFile: optional(absolute),
    until: texts,
    force: texts,
    engine: text,
    software: truth,
    keepGoing: truth,
    remote: truth,
    remoteWrite: truth,
    checkpointInterval: optional(amount),
    stopWithin: optional(amount),
  } satisfies Shape<RequestArgs>),
  sources: each(absolute, text),
  variables: each(text, text),
  plugins: each(text, text),
  pools: each(text, fields({takes: demands})),
  restarts: amount,
};

/** The first answer of a question about items. */
function first<T>(items: readonly T[], ask: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const answer = ask(item);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
