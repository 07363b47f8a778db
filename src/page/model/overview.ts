import {formatBytes} from '../../report/format/bytes.ts';
import {quoteWord} from '../../base/quote-word.ts';
import {describeCause} from '../../report/text/describe.ts';
import {outcomeText} from '../../report/text/status-text.ts';
import type {RunFacts} from '../../journal/event.ts';
import type {InstanceAccount, RunAccount} from '../../journal/run-account.ts';
import type {StageRecord} from '../../store/records/record.ts';
import type {Overview, Pair, State} from './parts.ts';
import {orderIn} from '../../journal/order-in.ts';
import {stateOf} from './state-of.ts';

/** Number of failures shown at the top. */
const listedFailures = 20;

/** The state or the outcome of a run. */
export function overviewOf(given: {
  readonly run: RunAccount;
  /** The name of the pipeline. Absent: the journal does not have it. */
  readonly name: string | undefined;
  /** Absent: the journal does not have them. */
  readonly facts: RunFacts | undefined;
  /** The devices that instances held. */
  readonly held: readonly string[];
  /** The stored records of its instances. */
  readonly records: ReadonlyMap<string, StageRecord>;
  readonly workMs: number;
  readonly nowMs: number;
}): Overview {
  const {run, name, facts, workMs, nowMs} = given;
  const {started, finished, isLive, state, instances, lastMs} = run;
  const killedMs = started === undefined || isLive ? undefined : lastMs - Date.parse(started.at);
  const file = started?.pipeline ?? '';
  const left = isLive ? state.remaining(nowMs) : undefined;
  const counts = countStates(run);
  return {
    run: run.run,
    name: name ?? file,
    file,
    outcome: outcomeText(run, nowMs) + lossText(run, counts),
    state: run.outcome,
    startedAt: started?.at,
    durationMs: finished?.durationMs ?? killedMs,
    counts,
    total: started?.instances ?? instances.size,
    workMs,
    savedMs: finished?.savedMs ?? state.counts.savedMs,
    leftMs: left?.remainingMs,
    leftIsLeast: (left?.unknown ?? 0) > 0,
    command: started?.command,
    facts: factsOf(given),
    text: facts?.text,
    failures: [...instances.values()]
      .sort(orderIn(run))
      .flatMap((one) => failureOf(one, run))
      .slice(0, listedFailures),
    unreadable: run.unreadable,
  };
}

/** The number of instances in each state; instances that the journal does not mention are pending. */
function countStates(run: RunAccount): Overview['counts'] {
  const {started, instances, isLive} = run;
  const counts: Partial<Record<State, number>> = {};
  for (const account of instances.values()) {
    const state = stateOf(account, run);
    counts[state] = (counts[state] ?? 0) + 1;
  }
  const untold = (started?.instances ?? instances.size) - instances.size;
  if (untold <= 0) return counts;
  // Nothing is to come of a run that is over.
  return isLive
    ? {...counts, pending: untold}
    : {...counts, unstarted: (counts.unstarted ?? 0) + untold};
}

/** A sentence about a run that is over and has not all its results. */
function lossText({started, finished, isLive}: RunAccount, counts: Overview['counts']): string {
  if (started === undefined || isLive || finished?.outcome === 'ok') return '';
  const {
    hit = 0,
    finished: ran = 0,
    failed = 0,
    suspended = 0,
    skipped = 0,
    unstarted = 0,
  } = counts;
  const stored = hit + ran;
  const parts = [
    stored === 1 ? '1 result is stored' : `${stored} results are stored`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...were(suspended, 'interrupted'),
    ...were(skipped, 'skipped'),
    ...were(unstarted, 'not started'),
  ];
  return ` ${parts.join(', ')}.`;
}

function were(count: number, what: string): readonly string[] {
  if (count === 0) return [];
  return [count === 1 ? `1 was ${what}` : `${count} were ${what}`];
}

function failureOf({id, cause}: InstanceAccount, {started}: RunAccount): Overview['failures'] {
  if (cause === undefined) return [];
  const again = started?.command && `${started.command} ${quoteWord(id)}`;
  return [{id, message: describeCause(cause).trimEnd(), again}];
}

/** The machine, programs and engines of a run. */
function factsOf({
  run,
  facts: told,
  held,
  records,
}: Parameters<typeof overviewOf>[0]): readonly Pair[] {
  const made = [...records.values()];
  const engines = made.flatMap(({provenance}) =>
    'engine' in provenance ? [textOf(provenance['engine'])] : [],
  );
  const sizes = new Map(
    made.flatMap(({outputs}) =>
      Object.values(outputs).flatMap(({artifacts}) =>
        artifacts.map(({digest, sizeBytes}) => [digest, sizeBytes] as const),
      ),
    ),
  );
  const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const facts: readonly (readonly [string, readonly string[]])[] = [
    ['Distillery', [told?.version ?? '']],
    ['Commit', [told?.commit ?? '']],
    ['Set', told?.set ?? []],
    ['Machine', [run.started?.head.host ?? '', ...made.map(({host}) => host)]],
    ['Processor', [told?.processor ?? '']],
    ['Node.js', [told?.node ?? '', ...made.map(({node}) => node.replace(/^v/, ''))]],
    ['Engine', engines],
    ['Devices', [...(run.started?.devices ?? []), ...held]],
    ['Artifacts', sizes.size === 0 ? [] : [`${sizes.size}, ${formatBytes(bytes)}`]],
  ];
  return facts.flatMap(([name, values]): readonly Pair[] => {
    const distinct = [...new Set(values)].filter((value) => value !== '');
    return distinct.length === 0 ? [] : [[name, distinct.join(', ')]];
  });
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
