import {randomBytes} from 'node:crypto';
import path from 'node:path';
import {ownProperty} from '../base/own-property.ts';
import {compareArtifacts} from '../inspect/compare-artifacts.ts';
import type {Instance, InstanceGraph, InstanceId} from '../pipeline/instance.ts';
import {subGraph, upstreamsOf, withUpstreams} from '../pipeline/sub-graph.ts';
import {planGraph} from '../plan/plan-graph.ts';
import {liveReporter} from '../report/live-reporter.ts';
import {plainReporter} from '../report/plain-reporter.ts';
import {judge, rebuiltText, type RebuiltOutput} from '../report/rebuild-text.ts';
import type {RunPlace} from '../report/run-place.ts';
import {executeRun, type RunResult} from '../schedule/execute-run.ts';
import {blobPath, type Store} from '../store/layout.ts';
import {openStore} from '../store/open-store.ts';
import {processIdentity} from '../store/process-identity.ts';
import type {StageRecord} from '../store/record.ts';
import {lendResult} from '../store/scratch-store.ts';
import {createWork, removeWork} from '../store/work.ts';
import {devicesFor} from './devices-for.ts';
import {exitCodes, type ExitCode} from './exit-codes.ts';
import {openTarget} from './target.ts';
import type {World} from './world.ts';

export interface RebuildOptions {
  readonly store: string;
  readonly rebuild: readonly string[];
  /** The largest |Δ| of two numbers that are still the same. */
  readonly tolerance: number;
  readonly set?: readonly string[];
}

/**
 * `pipeline verify --rebuild SELECTOR [FILE]`: runs stored instances again on their recorded inputs, in a store of
 * their own that is removed afterwards, and compares. Neither results nor checkpoints of the real store are touched.
 */
export async function rebuildCommand(
  words: readonly string[],
  options: RebuildOptions,
  world: World,
): Promise<ExitCode> {
  const opened = await openTarget(words, {...options, force: options.rebuild}, world);
  if (opened.kind === 'refused') return opened.exitCode;
  const {whole, forced} = opened.target;
  const real = await openStore(path.resolve(world.cwd, options.store));
  if (real.kind === 'unusable') {
    world.stderr.write(`${real.message}\n`);
    return exitCodes.storeUnusable;
  }
  const records = storedIn(whole, real.store);
  const absent = [...forced].filter((id) => !records.has(id));
  for (const id of absent)
    world.stderr.write(`${id} is not stored: there is nothing to compare with.\n`);
  const chosen = [...forced].filter((id) => records.has(id));
  let worst: ExitCode = absent.length > 0 ? exitCodes.stageFailed : exitCodes.ok;
  for (const ids of independent(whole, chosen)) {
    const ended = await rebuild({graph: whole, ids, records, store: real.store}, options, world);
    if (ended === exitCodes.suspended || ended === exitCodes.killed) return ended;
    if (ended !== exitCodes.ok) worst = ended;
  }
  return worst;
}

type Records = ReadonlyMap<InstanceId, StageRecord>;

function storedIn(graph: InstanceGraph, store: Store): Records {
  const plan = [...planGraph(graph, store)];
  return new Map(
    plan.flatMap(([id, {verdict}]) => (verdict.kind === 'hit' ? [[id, verdict.record]] : [])),
  );
}

/** Instances in groups of which none needs another of its group: each is to run on what is recorded. */
function independent(
  graph: InstanceGraph,
  chosen: readonly InstanceId[],
): readonly ReadonlySet<InstanceId>[] {
  const depth = new Map<InstanceId, number>();
  const groups: Set<InstanceId>[] = [];
  for (const instance of graph.instances.values()) {
    const above = Math.max(-1, ...upstreamsOf(instance).map((id) => depth.get(id)!));
    const own = chosen.includes(instance.id) ? above + 1 : above;
    depth.set(instance.id, own);
    if (own > above) (groups[own] ??= new Set()).add(instance.id);
  }
  return groups;
}

interface Rebuild {
  readonly graph: InstanceGraph;
  readonly ids: ReadonlySet<InstanceId>;
  readonly records: Records;
  readonly store: Store;
}

async function rebuild(given: Rebuild, options: RebuildOptions, world: World): Promise<ExitCode> {
  const {graph, ids, records, store} = given;
  const part = subGraph(graph, {select: withUpstreams(graph, ids), until: new Set()});
  const keys = new Set([...ids].map((id) => records.get(id)!.key));
  const attempt = `rebuild-${randomBytes(8).toString('hex')}`;
  const [key] = keys;
  const work = await createWork(store, attempt, {
    ...processIdentity(world.pid),
    key: key!,
    inputs: [],
  });
  try {
    const scratch = await openStore(path.join(work.tmp, 'store'));
    if (scratch.kind === 'unusable') throw new Error(scratch.message);
    for (const id of part.instances.keys()) {
      const record = records.get(id)!;
      if (!keys.has(record.key)) await lendResult(store, record, scratch.store);
    }
    const {result, ended} = await runIn(scratch.store, {graph: part, forced: ids}, world);
    if (ended !== undefined) return ended;
    let diverged = result.outcome !== 'ok';
    for (const id of ids) {
      const again = result.records.get(id);
      if (again === undefined) continue;
      for await (const output of compared(graph.instances.get(id)!, {
        stored: [store, records.get(id)!],
        again: [scratch.store, again],
      })) {
        world.stdout.write(rebuiltText(output, options.tolerance));
        diverged ||= judge(output.comparison, options.tolerance) === 'diverged';
      }
    }
    return diverged ? exitCodes.stageFailed : exitCodes.ok;
  } finally {
    await removeWork(store, attempt);
  }
}

async function runIn(
  store: Store,
  chosen: {readonly graph: InstanceGraph; readonly forced: ReadonlySet<InstanceId>},
  world: World,
): Promise<{readonly result: RunResult; readonly ended?: ExitCode}> {
  const again = 'pipeline verify --rebuild';
  const place: RunPlace = {store, cwd: world.cwd, again, againFor: (id) => `${again} '${id}'`};
  const {stdout, stderr} = world;
  const reporter = stdout.isTerminal
    ? liveReporter(stdout, place)
    : plainReporter(stdout, stderr, place);
  const [stop, kill] = [new AbortController(), new AbortController()];
  const release = world.onInterrupt(() => (stop.signal.aborted ? kill : stop).abort());
  try {
    const result = await executeRun({
      ...chosen,
      store,
      pid: world.pid,
      devices: devicesFor({}, world),
      engine: 'auto',
      keepGoing: true,
      registryModule: world.registryModule,
      workerModule: world.workerModule,
      environment: world.workerEnvironment,
      // Nothing goes on from here: only a wish to stop makes a stage save its state.
      checkpointIntervalMs: Number.MAX_SAFE_INTEGER,
      waits: world.waits,
      countOomKills: () => world.countOomKills(),
      stopSignal: stop.signal,
      killSignal: kill.signal,
      onEvent: (event) => reporter.onEvent(event),
    });
    if (kill.signal.aborted) return {result, ended: exitCodes.killed};
    return stop.signal.aborted ? {result, ended: exitCodes.suspended} : {result};
  } finally {
    release();
    reporter.close();
  }
}

async function* compared(
  {id}: Instance,
  sides: {
    readonly stored: readonly [Store, StageRecord];
    readonly again: readonly [Store, StageRecord];
  },
): AsyncGenerator<RebuiltOutput> {
  const [[storeA, was], [storeB, now]] = [sides.stored, sides.again];
  for (const [output, {media, artifacts}] of Object.entries(was.outputs)) {
    const others = ownProperty(now.outputs, output)?.artifacts ?? [];
    if (artifacts.length !== others.length) {
      const note = `There were ${artifacts.length} artifacts, and now there are ${others.length}.`;
      yield {name: `${id}.${output}`, comparison: {kind: 'different', note}};
      continue;
    }
    for (const [index, {digest}] of artifacts.entries()) {
      const [a, b] = [blobPath(storeA, digest), blobPath(storeB, others[index]!.digest)];
      const number = artifacts.length > 1 ? `[${index}]` : '';
      const comparison = await compareArtifacts(media, a, b);
      yield {name: `${id}.${output}${number}`, comparison};
    }
  }
}
