import {randomBytes} from 'node:crypto';
import path from 'node:path';
import {ownProperty} from '../../base/own-property.ts';
import type {Media} from '../../contract/media.ts';
import {compareFiles} from '../../inspect/compare-artifacts.ts';
import type {Instance, InstanceGraph, InstanceId} from '../../pipeline/graph/instance.ts';
import {subGraph, upstreamsOf, withUpstreams} from '../../pipeline/graph/sub-graph.ts';
import {planGraph, storedRecords} from '../../plan/plan-graph.ts';
import {liveReporter} from '../../report/live/live-reporter.ts';
import {plainReporter} from '../../report/live/plain-reporter.ts';
import {quietReporter} from '../../report/live/quiet-reporter.ts';
import {
  judge,
  rebuildSummary,
  rebuiltText,
  type RebuildTally,
  type RebuiltOutput,
} from '../../report/text/rebuild-text.ts';
import type {RunPlace} from '../../report/text/run-place.ts';
import type {Executor} from '../../schedule/executor.ts';
import {executeRun, type RunResult} from '../../schedule/execute-run.ts';
import type {RunSetup} from '../../schedule/run-setup.ts';
import {blobPath, type Store} from '../../store/layout.ts';
import {openStore} from '../../store/open-store.ts';
import {processIdentity} from '../../store/claims/process-identity.ts';
import type {StageRecord} from '../../store/records/record.ts';
import {lendResult} from '../../store/artifacts/scratch-store.ts';
import {createWork, removeWork} from '../../store/claims/work.ts';
import {sameAgain} from '../command-line.ts';
import {executorFor} from '../options/devices-for.ts';
import type {DevicesOptions} from '../options/devices-option.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {shortagesOf} from '../options/find-shortages.ts';
import {openTarget} from '../target.ts';
import type {World} from '../world.ts';
import {writeJsonLine} from '../write-json.ts';

export interface RebuildOptions extends DevicesOptions {
  readonly store: string;
  readonly rebuild: readonly string[];
  readonly engine: string;
  readonly software?: true;
  /** CPU slots. Absent: the number of cores. */
  readonly jobs?: number;
  /** The largest |Δ| of two numbers that count as equal. */
  readonly tolerance: number;
  readonly paramsFile?: readonly string[];
  readonly set?: readonly string[];
  readonly json?: true;
  /** All options that the command declares. */
  readonly settings: readonly string[];
}

/**
 * `pipeline verify --rebuild SELECTOR [FILE]`: recomputes stored instances from their recorded inputs, in a temporary
 * store of their own, and compares. Results and checkpoints of the real store are not touched.
 */
export async function rebuildCommand(
  words: readonly string[],
  options: RebuildOptions,
  world: World,
): Promise<ExitCode> {
  const wished = {...options, force: options.rebuild, forcedBy: '--rebuild'};
  const opened = await openTarget(words, wished, world);
  if (opened.kind === 'refused') return opened.exitCode;
  const {whole, forced, named} = opened.target;
  const settings = [...named, ...options.settings];
  const real = await openStore(path.resolve(world.cwd, options.store));
  if (real.kind === 'unusable') {
    world.faults.fault('unusable-store', real.message);
    return exitCodes.storeUnusable;
  }
  const records = storedRecords(planGraph(whole, real.store));
  const absent = [...forced].filter((id) => !records.has(id));
  for (const id of absent)
    world.faults.fault('unknown-result', `${id} is not stored: there is nothing to compare with.`);
  const chosen = [...forced].filter((id) => records.has(id));
  const executor = executorFor(options, world);
  const shortages = await shortagesOf(
    chosen.map((id) => whole.instances.get(id)!),
    executor,
  );
  if (shortages.length > 0) {
    world.faults.diagnostics(shortages);
    return exitCodes.invalidPipeline;
  }
  const tally = {equal: 0, within: 0, diverged: 0, failed: 0};
  for (const ids of independent(whole, chosen)) {
    const given = {graph: whole, ids, records, store: real.store, executor, tally};
    const ended = await rebuild(given, {...options, settings}, world);
    if (ended !== undefined) return ended;
  }
  if (options.json === true) writeJsonLine({outputs: tally, notStored: absent}, world);
  else world.stdout.write(rebuildSummary(tally));
  const isGood = absent.length + tally.diverged + tally.failed === 0;
  return isGood ? exitCodes.ok : exitCodes.stageFailed;
}

type Records = ReadonlyMap<InstanceId, StageRecord>;

/** Instances in groups without dependencies inside a group, since each is to run on recorded inputs. */
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
  readonly executor: Executor;
  /** Added to while groups run. */
  readonly tally: Record<keyof RebuildTally, number>;
}

/** Recomputes a group, and compares. Gives the exit code if it was interrupted. */
async function rebuild(
  given: Rebuild,
  options: RebuildOptions,
  world: World,
): Promise<ExitCode | undefined> {
  const {graph, ids, records, store, executor, tally} = given;
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
    const chosen = {graph: part, forced: ids, executor};
    const {result, ended} = await runIn(scratch.store, chosen, options, world);
    if (ended !== undefined) return ended;
    for (const id of ids) {
      const again = result.records.get(id);
      if (again === undefined) {
        tally.failed++;
        continue;
      }
      for await (const output of compared(graph.instances.get(id)!, graph.media, {
        stored: [store, records.get(id)!],
        again: [scratch.store, again],
      })) {
        const {tolerance} = options;
        const verdict = judge(output.comparison, tolerance);
        tally[verdict]++;
        const {columns} = world.stdout.size();
        if (options.json === true) writeJsonLine({...output, verdict}, world);
        else world.stdout.write(rebuiltText(output, {tolerance, columns}));
      }
    }
    return undefined;
  } finally {
    await removeWork(store, attempt);
  }
}

async function runIn(
  store: Store,
  chosen: Pick<RunSetup, 'graph' | 'forced' | 'executor'>,
  {engine, software, settings, json}: RebuildOptions,
  world: World,
): Promise<{readonly result: RunResult; readonly ended?: ExitCode}> {
  const {stdout, stderr, commandLine} = world;
  const place: RunPlace = {
    store,
    cwd: world.cwd,
    isPassing: true,
    again: sameAgain(commandLine),
    againFor: (id) => sameAgain({...commandLine, words: ['verify', ...settings, '--rebuild', id]}),
  };
  const reporter =
    json === true
      ? quietReporter(stderr, place)
      : stdout.isTerminal
        ? liveReporter(stdout, place)
        : plainReporter(stdout, stderr, place);
  const [stop, kill] = [new AbortController(), new AbortController()];
  const release = world.onInterrupt(() => {
    if (!stop.signal.aborted)
      reporter.note('Stopping. Press Ctrl-C again to end everything at once.\n');
    (stop.signal.aborted ? kill : stop).abort();
  });
  try {
    const result = await executeRun({
      ...chosen,
      store,
      pid: world.pid,
      engine,
      ...(software && {software}),
      keepGoing: true,
      registryModule: world.registryModule,
      // Nothing continues from here: a stage saves its state only if it is asked to stop.
      waits: {...world.waits, checkpointIntervalMs: Number.MAX_SAFE_INTEGER},
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
  known: Media,
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
      const comparison = await compareFiles(known.get(media)!.container, a, b);
      yield {name: `${id}.${output}${number}`, comparison};
    }
  }
}
