import {orderIn} from '../../journal/order-in.ts';
import {canonicalJson} from '../../base/canonical-json.ts';
import {ownProperty} from '../../base/own-property.ts';
import {stageOf} from '../../pipeline/graph/stage-of.ts';
import type {InstanceId} from '../../pipeline/graph/instance.ts';
import type {DrawnGraph} from '../../journal/event.ts';
import type {Fingerprint} from '../../store/records/fingerprint.ts';
import type {StageRecord} from '../../store/records/record.ts';
import {describeCause} from '../../report/text/describe.ts';
import {describeProgress} from '../../report/live/footer.ts';
import {plain} from '../../report/text/result-text.ts';
import type {InstanceAccount, RunAccount} from '../../journal/run-account.ts';
import type {InstanceRow, Pair, StagePart} from './parts.ts';
import {stateOf} from './state-of.ts';

/** Information about an instance that is not in the journal. */
export interface Known {
  readonly record: StageRecord | undefined;
  readonly fingerprint: Fingerprint | undefined;
}

/** The stages of a run in topological order, with their instances. */
export function stageParts(given: {
  readonly run: RunAccount;
  /** Absent: the run is of a version that did not record it; stages are in the order of the journal. */
  readonly drawn: DrawnGraph | undefined;
  readonly known: ReadonlyMap<InstanceId, Known>;
  readonly nowMs: number;
}): readonly StagePart[] {
  const {run, drawn, known, nowMs} = given;
  const groups = new Map<string, InstanceAccount[]>(
    (drawn?.nodes ?? []).map(([name]) => [name, []]),
  );
  for (const account of run.instances.values()) {
    const name = stageOf(account.id);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [account]);
    else group.push(account);
  }
  const nodes = new Map(drawn?.nodes ?? []);
  const order = orderIn(run);
  return [...groups].map(([name, accounts]) => {
    accounts.sort(order);
    const infos = accounts.map(({id}) => known.get(id));
    const rows = accounts.map((account, index) =>
      rowOf(account, {name, known: infos[index], run, nowMs}),
    );
    const sum = (are: (row: InstanceRow) => boolean): number =>
      rows.filter(are).reduce((total, {durationMs = 0}) => total + durationMs, 0);
    const description = nodes.get(name)?.description;
    return {
      name,
      ...(description !== undefined && {description}),
      type: nodes.get(name)?.type ?? infos.find((info) => info?.record)?.record?.type ?? '',
      count: Math.max(nodes.get(name)?.count ?? 0, rows.length),
      workMs: sum(({state}) => state !== 'hit'),
      savedMs: sum(({state}) => state === 'hit'),
      settings: commonSettings(infos.flatMap((info) => info?.fingerprint ?? [])),
      rows,
    };
  });
}

function rowOf(
  account: InstanceAccount,
  place: {name: string; known: Known | undefined; run: RunAccount; nowMs: number},
): InstanceRow {
  const {id, standing, cause} = account;
  const {known, run, nowMs, name} = place;
  const running = run.state.find(id);
  const isRunning = standing === 'running' && running !== undefined && run.isLive;
  const label = id.startsWith(name) ? id.slice(name.length) : id;
  return {
    id,
    label: label === '' ? id : label,
    state: stateOf(account, run),
    durationMs: isRunning ? nowMs - running.startMs : known?.record?.durationMs,
    device: isRunning ? running.devices.join(', ') : '',
    done: isRunning && running.latest ? running.latest.done / running.latest.total : undefined,
    note: isRunning
      ? describeProgress(running, nowMs)
      : cause === undefined
        ? ''
        : describeCause(cause).split('\n')[0]!,
  };
}

/** The parameters that all of them have with the same value. */
function commonSettings(all: readonly Fingerprint[]): readonly Pair[] {
  const [first, ...rest] = all;
  if (first === undefined) return [];
  return Object.entries(first.params)
    .filter(([name, value]) => {
      const text = canonicalJson(value);
      return rest.every(({params}) => {
        const other = ownProperty(params, name);
        return other !== undefined && canonicalJson(other) === text;
      });
    })
    .map(([name, value]): Pair => [name, plain(value)]);
}
