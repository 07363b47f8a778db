import type {InstanceId} from '../../pipeline/graph/instance.ts';
import {describeCause} from './describe.ts';
import {displayWidth, truncateToWidth} from '../format/display-width.ts';
import {formatDuration} from '../format/duration.ts';
import {processText, type ProcessPlace} from '../format/process-text.ts';
import {suspension} from '../live/event-line.ts';
import {describeProgress} from '../live/footer.ts';
import {formatMoment} from '../format/time.ts';
import type {InstanceAccount, RunAccount} from '../../journal/run-account.ts';
import {memberLines, type MemberFrame} from './member-lines.ts';
import {placeOf} from '../../store/claims/process-identity.ts';

/** Information for `status` that is not in the journal. */
export interface StatusFrame extends MemberFrame {
  readonly nowMs: number;
  /** The process that computes each instance now. */
  readonly workers: ReadonlyMap<InstanceId, ProcessPlace>;
  /** The time without a sign of life from the machine of the run. Absent: it is this one, or has given some. */
  readonly silentMs?: number;
  /** The command that continues the run. */
  readonly again: string;
  /** The command that follows its logs. */
  readonly follow: string;
  /** The command that shows a run on a cluster, and sees that it has members or ends. */
  readonly attach: string;
  /** The path of an instance's last log, as a user would type it. */
  readonly logOf: (instance: InstanceAccount) => string | undefined;
}

/** Number of instances to list of each kind. */
const listed = 10;

/** The state or the outcome of a run, for display. */
export function statusText(run: RunAccount, frame: StatusFrame): string {
  const lines = [
    `${run.run}  ${run.started?.pipeline ?? ''}`.trimEnd(),
    ...commandLines(run),
    `  ${outcomeText(run, frame.nowMs, frame.silentMs)}`,
    `  ${countsText(run)}`,
    ...unreadableLines(run),
    ...memberLines(run, frame),
    ...runningLines(run, frame),
    ...failedLines(run, frame),
    ...suspendedLines(run),
    ...nextLines(run, frame),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** The command of a run, unless it is told at the end as what continues it, and its `--set` values. */
function commandLines(run: RunAccount): readonly string[] {
  const {started, facts, finished, isLive} = run;
  const isTold = isLive || finished?.outcome === 'ok';
  const command = isTold ? started?.command : undefined;
  const set = facts?.set ?? [];
  return [
    ...(command === undefined ? [] : [`  Command: ${command}`]),
    ...(set.length === 0 ? [] : [`  Set: ${set.join(', ')}`]),
  ];
}

function unreadableLines({unreadable}: RunAccount): readonly string[] {
  if (unreadable === 0) return [];
  const what = unreadable === 1 ? 'line of its journal holds' : 'lines of its journal hold';
  return [`  ${unreadable} ${what} no event: their information is missing here.`];
}

/** A sentence that says whether a run is over, and how it ended. */
export function outcomeText(run: RunAccount, nowMs: number, silentMs?: number): string {
  const {started, finished, isLive, isAwaited, lastMs} = run;
  if (started === undefined) return 'It was ended before it had begun.';
  const begun = `Started ${formatMoment(started.at)}`;
  if (finished !== undefined) {
    return `${begun}, ${endings[finished.outcome]} after ${formatDuration(finished.durationMs)}.`;
  }
  const startMs = Date.parse(started.at);
  const {cluster} = started;
  if (cluster !== undefined && isLive) {
    return `${begun}, running for ${formatDuration(nowMs - startMs)} on ${cluster} (${atWork(run)}).`;
  }
  if (isAwaited) return `${begun}, waiting for its turn on ${cluster ?? ''} (${atWork(run)}).`;
  if (isLive) {
    const silence =
      silentMs === undefined ? '' : `, no sign of life for ${formatDuration(silentMs)}`;
    return `${begun}, running for ${formatDuration(nowMs - startMs)} (${processText(placeOf(started.head))}${silence}).`;
  }
  return `${begun}, killed after ${formatDuration(lastMs - startMs)}: what was finished is kept.`;
}

function atWork({members}: RunAccount): string {
  const count = members.filter(({standing}) => standing === 'working').length;
  if (count === 0) return 'no member is at work';
  return count === 1 ? '1 member is at work' : `${count} members are at work`;
}

const endings = {ok: 'done', failed: 'failed', suspended: 'suspended'} as const;

/** The instances of a run, counted by state. */
export function countsText({started, instances, isLive}: RunAccount): string {
  const counts = new Map<InstanceAccount['standing'], number>();
  for (const {standing} of instances.values()) {
    counts.set(standing, (counts.get(standing) ?? 0) + 1);
  }
  const total = started?.instances ?? instances.size;
  const untold = total - instances.size + (counts.get('unstarted') ?? 0);
  const parts = standings.flatMap(([standing, words]) => {
    const count = counts.get(standing) ?? 0;
    const isOver = standing === 'running' && !isLive;
    return count === 0
      ? []
      : [`${count} ${isOver ? (count === 1 ? 'was ' : 'were ') : ''}${words}`];
  });
  if (untold > 0) parts.push(`${untold} not started`);
  const all = total === 1 ? '1 instance' : `${total} instances`;
  return parts.length === 0 ? `${all}.` : `${all}: ${parts.join(', ')}.`;
}

const standings: readonly (readonly [InstanceAccount['standing'], string])[] = [
  ['hit', 'stored already'],
  ['finished', 'ran'],
  ['running', 'running'],
  ['waiting', 'waiting for another run'],
  ['failed', 'failed'],
  ['suspended', 'suspended'],
  ['skipped', 'skipped'],
];

/** Running instances, or those that ran when the run was killed: some may still be computed. */
function runningLines(run: RunAccount, {nowMs, columns, workers}: StatusFrame): readonly string[] {
  const running = run.state.running.filter(({id}) => run.isLive || workers.has(id));
  if (running.length === 0) return [];
  const title = run.isLive ? 'Running' : 'Still being computed: the results will be stored';
  const shown = running.slice(0, listed);
  const width = Math.max(...shown.map(({id}) => displayWidth(id)));
  return [
    '',
    title,
    ...shown.map((instance) => {
      const worker = workers.get(instance.id);
      const name = instance.id + ' '.repeat(width - displayWidth(instance.id));
      const place = [
        instance.devices.join(', '),
        ...(worker === undefined ? [] : [processText(worker)]),
      ];
      const parts = [name, place.join(', '), describeProgress(instance, nowMs)];
      return truncateToWidth(`  ${parts.join('  ')}`, columns);
    }),
    ...rest(running.length),
  ];
}

function failedLines(run: RunAccount, {logOf}: StatusFrame): readonly string[] {
  const failed = [...run.instances.values()].filter(({cause}) => cause !== undefined);
  const lines = failed.slice(0, listed).flatMap((instance) => {
    const log = logOf(instance);
    const [first, ...more] = describeCause(instance.cause!).trimEnd().split('\n');
    return [
      `  ✗ ${instance.id}: ${first!}`,
      ...more.map((line) => `    ${line}`),
      ...(log === undefined ? [] : [`    log: ${log}`]),
    ];
  });
  return lines.length === 0 ? [] : ['', 'Failed', ...lines, ...rest(failed.length)];
}

function suspendedLines(run: RunAccount): readonly string[] {
  const suspended = [...run.instances.values()].filter(({standing}) => standing === 'suspended');
  if (suspended.length === 0) return [];
  return [
    '',
    'Suspended',
    ...suspended.slice(0, listed).map((account) => {
      const {id, endedAfterMs} = account;
      return `  ‖ ${id}${endedAfterMs === undefined ? '' : `: ${suspension(account)}`}`;
    }),
    ...rest(suspended.length),
  ];
}

function nextLines(run: RunAccount, {again, follow, attach}: StatusFrame): readonly string[] {
  if (run.isLive || run.isAwaited) return ['', `Its logs: ${follow}`];
  if (run.finished?.outcome === 'ok') return [];
  if (run.finished === undefined && run.started?.cluster !== undefined) {
    return ['', `No process is left that ends this run. To continue or end it: ${attach}`];
  }
  return ['', `To continue: ${again}`];
}

function rest(count: number): readonly string[] {
  return count > listed ? [`  and ${count - listed} more`] : [];
}
