import {hostname} from 'node:os';
import type {Cluster} from '../../../cluster/cluster.ts';
import type {RunRequest} from '../../../cluster/request.ts';
import {findAllocation} from '../../../executors/local/allocation.ts';
import {DiagnosticLog} from '../../../diagnostics/diagnostic.ts';
import type {RunEvent} from '../../../journal/event.ts';
import {quietReporter} from '../../../report/live/quiet-reporter.ts';
import type {Executor} from '../../../schedule/executor.ts';
import type {MemberTerms} from '../../../schedule/membership/membership.ts';
import {runAsMember} from '../../../schedule/membership/run-as-member.ts';
import type {Store} from '../../../store/layout.ts';
import {exitCodes, type ExitCode} from '../../exit-codes.ts';
import type {DevicesOptions} from '../../options/devices-option.ts';
import {readSettings} from '../../project/read-settings.ts';
import type {Settings} from '../../project/settings.ts';
import {takeInterrupts} from '../../pipeline/take-interrupts.ts';
import {endExchange} from '../../remote/end-exchange.ts';
import {LineTeller} from '../../remote/line-teller.ts';
import {openRemote, runRemote, type OpenedRemote} from '../../remote/open-remote.ts';
import type {Target} from '../../target.ts';
import type {World} from '../../world.ts';
import {concludeMember} from './conclude-member.ts';

export interface WorkOptions extends DevicesOptions {
  readonly store: string;
  readonly pool: string;
  /** CPU slots. Absent: the number of cores. */
  readonly jobs?: number;
}

/** The work of a member, once it is known to be possible. */
interface Work {
  readonly run: string;
  readonly store: Store;
  readonly request: RunRequest;
  readonly cluster: Cluster;
  readonly target: Target;
  readonly executor: Executor;
  readonly options: WorkOptions;
}

/** Takes part in a run, and says why it has left. */
export async function performWork(work: Work, world: World): Promise<ExitCode> {
  const {run, store, request, target, executor, options} = work;
  const {args} = request;
  const place = {store, cwd: world.cwd, again: '', againFor: () => ''};
  const reporter = quietReporter(world.stderr, place);
  const teller = new LineTeller((line) => reporter.note(line));
  const opened = await openMemberRemote(work, teller.tell, world);
  if (typeof opened === 'number') return opened;
  const remote = opened && (await runRemote(opened, {store, tell: teller.tell}, world));
  await remote?.cache.keep();
  const waits = {
    ...world.waits,
    ...(args.stopWithin !== undefined && {stopWithinMs: args.stopWithin}),
    ...(args.checkpointInterval !== undefined && {checkpointIntervalMs: args.checkpointInterval}),
  };
  const interrupts = takeInterrupts(reporter, {run, store: options.store, ...waits}, world);
  interrupts.stopSignal.addEventListener('abort', () => remote?.leave());
  let isStoreAtFault = false;
  const onEvent = (event: RunEvent): void => {
    isStoreAtFault ||= event.kind === 'failed' && event.cause.kind === 'store-error';
    if (event.kind === 'member-joined') {
      world.stdout.write(`Run ${run}: ${event.name} has joined (pool ${event.pool}).\n`);
    }
    reporter.onEvent(event);
  };
  const terms = termsOf(request, options, world);
  try {
    const end = await runAsMember({
      ...interrupts,
      ...(remote && {remote}),
      run,
      store,
      executor,
      waits,
      terms,
      onEvent,
      onLeaving: (why) => reporter.note(`Leaving (${why}): what runs saves a checkpoint.\n`),
      graph: target.graph,
      forced: target.forced,
      pid: world.pid,
      engine: args.engine,
      ...(args.software && {software: true}),
      keepGoing: args.keepGoing,
      registryModule: world.registryModule,
    });
    await endExchange(remote, true, reporter);
    return concludeMember({end, request, run, isStoreAtFault, interrupts}, world);
  } finally {
    interrupts.release();
    remote?.leave();
    reporter.close();
  }
}

/** The remote cache of the profile or of the project; or the exit code, after mistakes were printed. */
async function openMemberRemote(
  {request, cluster}: Work,
  tell: (line: string) => void,
  world: World,
): Promise<OpenedRemote | ExitCode | undefined> {
  const {args} = request;
  const project = await projectOf(request, world);
  if (typeof project === 'number') return project;
  const options = {
    project,
    remote: args.remote,
    ...(args.remoteWrite && {remoteWrite: true as const}),
    ...(cluster.remote && {profileRemote: cluster.remote}),
  };
  return await openRemote(options, tell, world);
}

/** The settings that the project file has now; or the exit code, after its mistakes were printed. */
async function projectOf(
  {args: {projectFile: project}}: RunRequest,
  {environment, faults}: World,
): Promise<Settings | ExitCode> {
  const log = new DiagnosticLog();
  const settings = await readSettings({environment, ...(project && {project})}, log);
  if (!log.hasErrors) return settings;
  faults.diagnostics(log.sorted());
  return exitCodes.invalidPipeline;
}

/** The terms of this process as a member, by the environment of its allocation. */
function termsOf(
  {pools, restarts}: RunRequest,
  {pool}: WorkOptions,
  {environment}: World,
): MemberTerms {
  const job = findAllocation(environment)?.job;
  const endS = Number(environment['SLURM_JOB_END_TIME'] ?? '');
  return {
    machine: hostname().replace(/\..*/, ''),
    pool,
    takes: pools[pool]!.takes,
    mayContinue: Number(environment['SLURM_RESTART_COUNT'] ?? '0') < restarts,
    ...(job !== undefined && {job}),
    ...(Number.isInteger(endS) && endS > 0 && {endMs: endS * 1000}),
  };
}
