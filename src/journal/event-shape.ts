import {parseDigest} from '../base/digest.ts';
import {isRecord} from '../store/records/parse-record.ts';
import {parseIdentity} from '../store/claims/process-identity.ts';
import type {Reason} from '../plan/verdict.ts';
import type {FailureCause} from '../worker/protocol.ts';
import type {LeaveReason, RunEvent} from './event.ts';

/** Checks a field's value. */
type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string';
/** JSON may contain `1e999`, which becomes infinite. */
const number: Check = Number.isFinite;
const truth: Check = (value) => typeof value === 'boolean';
/** How deep parameters may be nested: far deeper than a pipeline file may, and no deeper than code that looks into them can follow. */
const maxDepth = 500;
const params: Check = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && isWithin(maxDepth, value);
const digest: Check = (value) => parseDigest(value) !== undefined;
const moment: Check = (value) => text(value) && Number.isFinite(Date.parse(value as string));
/** A path inside the store: a journal must not lead elsewhere. */
const inner: Check = (value) =>
  text(value) && !/^\/|^\.\.\/|\/\.\.(?:\/|$)|\0/.test(value as string);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const tuple =
  (...checks: readonly Check[]): Check =>
  (value) =>
    Array.isArray(value) && checks.every((check, index) => check(value[index]));
const fields =
  (shape: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(shape).every(([name, check]) =>
      check((value as Readonly<Record<string, unknown>>)[name]),
    );

/** Whether data is nested at most so deep. */
function isWithin(depth: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((item) => isWithin(depth - 1, item));
}

const node = fields({
  label: text,
  type: text,
  description: optional(text),
  count: number,
  within: list(text),
});
const edgesWithin: Check = (value) => {
  const {nodes, edges} = value as {nodes: readonly [string][]; edges: readonly string[][]};
  const names = new Set(nodes.map(([name]) => name));
  return edges.every((edge) => edge.every((name) => names.has(name)));
};
const graphFields = fields({nodes: list(tuple(text, node)), edges: list(tuple(text, text))});
const graph: Check = (value) => graphFields(value) && edgesWithin(value);
/** One of several kinds, each with its own fields. */
const byKind = <Kind extends string>(shapes: Readonly<Record<Kind, Check>>): Check => {
  const checks: ReadonlyMap<unknown, Check> = new Map(Object.entries<Check>(shapes));
  return (value) => checks.get((value as {kind?: unknown} | null)?.kind)?.(value) ?? false;
};
const nothing = fields({});

const said = fields({message: text});
const ended = {exitCode: optional(number), signal: optional(text)};
const cause = byKind<FailureCause['kind']>({
  'stage-error': said,
  crash: fields({message: text, stack: text, isCertain: optional(truth)}),
  'out-of-memory': fields({of: text, message: optional(text)}),
  'device-lost': said,
  'never-ends': nothing,
  'not-started': fields({code: text}),
  'timed-out': fields({timeoutMs: number, endedAfterMs: optional(number)}),
  killed: fields(ended),
  'program-failed': fields({program: text, ...ended}),
  'bad-output': said,
  'store-error': said,
});

const engine = optional(fields({name: text, numerics: text, tile: optional(number)}));
const variable: Check = (value) =>
  value === 'not set' ||
  fields({value: text})(value) ||
  fields({sha256: text})(value) ||
  fields({files: number, bytes: number, look: text})(value);
const artifact = fields({output: text, digest: text});
const reason = byKind<Reason['kind']>({
  'never-run': nothing,
  'version-changed': fields({was: number, now: number}),
  'param-changed': fields({pointer: text}),
  'input-changed': fields({port: text}),
  'environment-changed': fields({
    name: text,
    was: optional(variable),
    now: optional(variable),
  }),
  'code-changed': fields({of: text}),
  'engine-changed': fields({was: engine, now: engine}),
  'file-new': nothing,
  'record-missing': nothing,
  'record-corrupt': nothing,
  'artifact-missing': artifact,
  'artifact-damaged': artifact,
  forced: nothing,
  upstream: fields({instances: list(text)}),
  'goes-on': fields({by: text, from: number, key: text, digest: text}),
  'goes-on-after': fields({by: text, from: number, instance: text}),
});

const leaveReasons: ReadonlySet<unknown> = new Set<LeaveReason>([
  'done',
  'idle',
  'time',
  'stuck',
  'stop',
  'failure',
]);

const keptFile = fields({path: text, text: optional(text)});
const sources = fields({
  path: text,
  others: list(keptFile),
  params: list(keptFile),
  set: list(text),
});

const progress = fields({done: number, total: number, unit: text, note: optional(text)});

type Shape<Kind extends RunEvent['kind']> = Readonly<
  Record<Exclude<keyof Extract<RunEvent, {kind: Kind}>, 'at' | 'kind' | 'instead'>, Check>
>;

const shapes: {readonly [Kind in RunEvent['kind']]: Shape<Kind>} = {
  'run-started': {
    run: text,
    head: (value) => parseIdentity(value) !== undefined,
    pipeline: text,
    command: optional(text),
    instances: number,
    devices: list(text),
    cluster: optional(text),
  },
  submitted: {pool: text, members: number, job: text},
  'member-joined': {
    head: (value) => parseIdentity(value)?.member !== undefined,
    name: text,
    job: optional(text),
    pool: text,
    devices: list(text),
  },
  'member-left': {
    member: text,
    name: text,
    why: (value) => leaveReasons.has(value),
  },
  planned: {
    name: text,
    params: optional(params),
    stages: graph,
    instances: optional(graph),
    facts: optional(
      fields({
        version: text,
        node: text,
        processor: text,
        commit: optional(text),
        set: list(text),
        text: optional(text),
        sources: optional(sources),
      }),
    ),
  },
  hit: {instance: text, key: digest, savedMs: number, isElsewhere: optional(truth)},
  fetching: {instance: text, files: number, sizeBytes: number},
  waiting: {instance: text, key: digest, pid: number, host: optional(text)},
  started: {
    instance: text,
    key: digest,
    attempt: text,
    reasons: list(reason),
    devices: list(text),
    expectedMs: optional(number),
    log: inner,
  },
  progress: {instance: text, progress},
  resumed: {instance: text},
  warned: {instance: text, sentence: text},
  finished: {
    instance: text,
    // Its key becomes the name of a file.
    record: (value) => isRecord(value) && digest(value.key),
    diverged: optional(list(text)),
    replaced: optional(list(text)),
  },
  'artifact-damaged': {
    digest,
    producer: text,
    quarantined: optional(text),
    isElsewhere: optional(truth),
  },
  'gpus-found': {gpus: list(text), why: list(text), isOdd: truth},
  'waiting-for-gpu': {instance: text, pids: list(number)},
  overdue: {instance: text, timeoutMs: number},
  quiet: {instance: text, quietMs: number, sawProcesses: truth},
  stirred: {instance: text},
  retrying: {instance: text, cause, next: number, delayMs: number},
  forecast: {remainingMs: number, unknown: number},
  suspended: {instance: text, endedAfterMs: optional(number)},
  failed: {instance: text, cause},
  skipped: {instance: text, because: text},
  unstarted: {
    instance: text,
    why: (value) => value === 'failure' || value === 'stop' || value === 'stored',
  },
  'run-finished': {
    outcome: (value) => value === 'ok' || value === 'failed' || value === 'suspended',
    hits: number,
    ran: number,
    failed: number,
    skipped: number,
    unstarted: optional(number),
    durationMs: number,
    savedMs: number,
  },
};

const checks: ReadonlyMap<unknown, Check> = new Map(
  Object.entries(shapes).map(([kind, shape]) => [kind, fields({at: moment, ...shape})]),
);

/** Whether data is the cause of a failure that this program knows. */
export function isFailureCause(value: unknown): value is FailureCause {
  return cause(value);
}

/** Whether data is an event that this program writes, with all its fields. */
export function isEvent(value: unknown): value is RunEvent {
  const {kind, instead} = (value ?? {}) as {readonly kind?: unknown; readonly instead?: unknown};
  return instead === undefined && (checks.get(kind)?.(value) ?? false);
}
