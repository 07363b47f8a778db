import {visibleJson} from '../../base/visible.ts';
import type {InstanceId} from '../../pipeline/graph/instance.ts';
import type {Plan, Planned} from '../../plan/plan-graph.ts';
import type {Reason} from '../../plan/verdict.ts';
import {describeReason, describeReasonOf, listNames} from './describe.ts';
import {formatDuration, formatLargest} from '../format/duration.ts';

/** Up to this number, instances of a stage are shown one by one even if their lines are alike. */
const shownSingly = 3;

/**
 * A plan for display: similar instances of a stage share a line, unless all are wanted; the last line has the totals.
 */
export function planText(plan: Plan, {all}: {readonly all: boolean}): string {
  const stages = new Map<string, number>();
  const groups = new Map<string, Planned[]>();
  for (const planned of plan.values()) {
    const {stage, id} = planned.instance;
    stages.set(stage, (stages.get(stage) ?? 0) + 1);
    const name = all ? id : groupOf(planned);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [planned]);
    else group.push(planned);
  }
  const described = new Set<string>();
  const blocks = [...groups.values()]
    .flatMap((group) => (group.length > shownSingly ? [group] : group.map((planned) => [planned])))
    .map((group) => {
      const {stage} = group[0]!.instance;
      const inStage = group.length === 1 ? 1 : stages.get(stage)!;
      const text = groupText(group, {inStage, isDescribed: described.has(stage)});
      described.add(stage);
      return text;
    });
  return blocks.join('') + totalLine(plan);
}

/** An instance as a line of JSON, line feed included. */
export function planLine({instance, verdict, sameAs, expected}: Planned): string {
  const {kind, key} = {key: undefined, ...verdict};
  const line = {
    instance: instance.id,
    stage: instance.stage,
    type: instance.type.contract.type,
    verdict: kind,
    ...(key !== undefined && {key}),
    ...(verdict.kind === 'hit'
      ? {
          storedAt: verdict.record.finishedAt,
          tookMs: verdict.record.durationMs,
          ...(verdict.isElsewhere && {isElsewhere: true}),
        }
      : {reasons: verdict.reasons}),
    ...(sameAs !== undefined && {sameAs}),
    ...(expected !== undefined && {
      expectedMs: expected.ms,
      estimate: {seconds: expected.ms / 1000, basis: expected.basis},
    }),
  };
  return `${visibleJson(line)}\n`;
}

/** The parts that instances on one line have in common. */
function groupOf({instance, verdict, sameAs}: Planned): string {
  const reasons = verdict.kind === 'hit' ? [] : verdict.reasons.map(shapeOf);
  const isElsewhere = verdict.kind === 'hit' && verdict.isElsewhere === true;
  return [instance.stage, verdict.kind, isElsewhere, sameAs === undefined, ...reasons].join('\n');
}

/** A reason without the parts that may differ between instances of a stage. */
function shapeOf(reason: Reason): string {
  switch (reason.kind) {
    case 'param-changed':
      return `${reason.kind} ${reason.pointer}`;
    case 'input-changed':
      return `${reason.kind} ${reason.port}`;
    case 'environment-changed':
      return `${reason.kind} ${reason.name}`;
    case 'artifact-missing':
    case 'artifact-damaged':
      return `${reason.kind} ${reason.output}`;
    case 'never-run':
    case 'version-changed':
    case 'code-changed':
    case 'engine-changed':
    case 'file-new':
    case 'record-missing':
    case 'record-corrupt':
    case 'forced':
    case 'upstream':
    case 'goes-on':
    case 'goes-on-after':
      return reason.kind;
  }
}

function groupText(
  group: readonly Planned[],
  {
    inStage,
    isDescribed,
  }: {
    /** Number of the stage's instances. */
    readonly inStage: number;
    /** Whether its description is above. */
    readonly isDescribed: boolean;
  },
): string {
  const first = group[0]!;
  const {instance, verdict, sameAs} = first;
  const what = group.length === 1 ? instance.id : `${instance.stage}  ${countText(group, inStage)}`;
  const remote = verdict.kind === 'hit' && verdict.isElsewhere === true ? '  (remote)' : '';
  const line = `${verdict.kind.padEnd(5)}  ${what}${timeText(group)}${remote}\n`;
  if (verdict.kind === 'hit') return line;
  if (sameAs !== undefined) {
    const names = group.map((planned) => planned.sameAs!);
    return `${line}       the same as ${listNames(names)}\n`;
  }
  const about = isDescribed ? [] : (instance.description?.trim().split('\n')[0] ?? []);
  const reasons = verdict.reasons.map((_, index) => reasonText(group, index));
  return (
    line +
    [about, reasons]
      .flat()
      .map((text) => `       ${text}\n`)
      .join('')
  );
}

function countText(group: readonly Planned[], inStage: number): string {
  const count = group.length.toLocaleString('en');
  if (group.length === inStage) return `${count} instances`;
  const [first, last] = [group[0]!, group.at(-1)!].map(({instance}) => instance.id);
  return `${count} of ${inStage.toLocaleString('en')} instances, ${first} … ${last}`;
}

function timeText(group: readonly Planned[]): string {
  const expectations = group.flatMap(({expected}) => expected ?? []);
  const known = expectations.map(({ms}) => ms);
  if (known.length === 0) return '';
  if (expectations.some(({isScaled}) => isScaled)) {
    const sizes = new Set(known.map(formatLargest));
    if (sizes.size === 1) return `  (about ${[...sizes][0]}${group.length === 1 ? '' : ' each'})`;
    return `  (about ${formatLargest(known.reduce((sum, ms) => sum + ms, 0))} together)`;
  }
  const texts = new Set(known.map(formatDuration));
  const [each] = texts;
  if (group.length === 1) return `  (took ${each} before)`;
  if (texts.size === 1) return `  (took ${each} each before)`;
  const sumMs = known.reduce((sum, ms) => sum + ms, 0);
  return `  (took ${formatDuration(sumMs)} together before)`;
}

/** One reason of every instance of a group, as a line. */
function reasonText(group: readonly Planned[], index: number): string {
  const reasons = group.map(
    ({verdict}) => (verdict as {reasons: readonly Reason[]}).reasons[index]!,
  );
  const first = reasons[0]!;
  if (first.kind === 'upstream') {
    const instances = new Set<InstanceId>();
    for (const reason of reasons) {
      if (reason.kind === 'upstream') for (const id of reason.instances) instances.add(id);
    }
    return describeReason({kind: 'upstream', instances: [...instances]});
  }
  const texts = reasons.map((reason, at) => describeReasonOf(reason, group[at]!.instance));
  const others = new Set(texts).size === 1 ? '' : ' and the like';
  return `${texts[0]}${others}`;
}

function totalLine(plan: Plan): string {
  const {shared, ...counts} = countVerdicts(plan);
  const parts = [
    `${counts.hit} hit, ${counts.run} run, ${counts.maybe} maybe`,
    ...(shared === 0 ? [] : [`${shared} of them share the result of another`]),
  ];
  return `${parts.join('; ')}.\n`;
}

/** The instances by verdict, and those of them that share the result of another. */
export function countVerdicts(
  plan: Plan,
): Readonly<Record<'hit' | 'run' | 'maybe' | 'shared', number>> {
  const counts = {hit: 0, run: 0, maybe: 0, shared: 0};
  for (const {verdict, sameAs} of plan.values()) {
    counts[verdict.kind]++;
    if (sameAs !== undefined) counts.shared++;
  }
  return counts;
}
