import {canonicalJson} from '../../base/canonical-json.ts';
import type {Json} from '../../base/json.ts';
import type {Instance, InstanceId} from '../../pipeline/graph/instance.ts';
import type {Planned} from '../../plan/plan-graph.ts';
import type {StageRecord} from '../../store/records/record.ts';
import {formatDuration} from '../format/duration.ts';

/** Lines are wrapped at this width. */
const widest = 100;
/** Number of a parameter's values to list; of more, only the first and the last are shown. */
const listedValues = 6;

/**
 * The lineage of a stored result: every stage on the way to it in topological order, with its inputs, all settings and
 * seeds, the engine and the keys.
 * @param planned the result and everything it was made from, all stored, in topological order
 */
export function lineageLines(planned: readonly Planned[]): readonly string[] {
  const stages = new Map<string, Made[]>();
  const stageOf = new Map<InstanceId, string>();
  for (const {instance, verdict} of planned) {
    if (verdict.kind !== 'hit') continue;
    const name = instance.file === undefined ? instance.stage : instance.id;
    stageOf.set(instance.id, name);
    const made = {instance, record: verdict.record};
    const stage = stages.get(name);
    if (stage === undefined) stages.set(name, [made]);
    else stage.push(made);
  }
  if (stageOf.size === 0) return [];
  const count = stageOf.size === 1 ? 'this alone' : `${stageOf.size} instances, itself the last`;
  const lines = Array.from(stages).flatMap(([name, made]) => stageLines(name, made, stageOf));
  return [`made by ${count}:`, ...lines.map((line) => `  ${line}`)];
}

interface Made {
  readonly instance: Instance;
  readonly record: StageRecord;
}

function stageLines(
  name: string,
  made: readonly Made[],
  stageOf: ReadonlyMap<InstanceId, string>,
): readonly string[] {
  const {type, version} = made[0]!.instance.type.contract;
  const times = made.length === 1 ? '' : ` ×${made.length.toLocaleString('en')}`;
  const tookMs = made.reduce((sum, {record}) => sum + record.durationMs, 0);
  const inputs = inputTexts(made, stageOf);
  const [key] = made.map(({record}) => record.key);
  const keys =
    made.length === 1 ? `key ${key!}` : `keys ${key!.slice(0, 8)}… and ${made.length - 1} more`;
  return [
    `${name}${times}  (${type}, version ${version})`,
    ...[
      ...(inputs.length === 0 ? [] : wrapped('← ', inputs)),
      ...wrapped('', valueTexts(made.map(({instance}) => instance.params))),
      ...wrapped('', valueTexts(made.map(({instance}) => environmentOf(instance)))),
      ...wrapped('', valueTexts(made.map(({record}) => record.provenance))),
      `${keys}, ${formatDuration(tookMs)} of work`,
    ].map((line) => `  ${line}`),
  ];
}

/** The variables that the key covers, as the author wrote them; of those that are secret, their digests. */
function environmentOf({environment}: Instance): Readonly<Record<string, Json>> {
  return environment === undefined || Object.keys(environment.identity).length === 0
    ? {}
    : {environment: environment.identity};
}

/** The inputs, one text for each stage they come from: `expert.trajectory ×100`. */
function inputTexts(
  made: readonly Made[],
  stageOf: ReadonlyMap<InstanceId, string>,
): readonly string[] {
  const sources = new Map<string, Set<InstanceId>>();
  for (const {instance} of made) {
    for (const ref of Object.values(instance.inputs).flat()) {
      const stage = stageOf.get(ref.instance);
      if (stage === undefined) continue;
      const source = `${stage}.${ref.output}`;
      sources.set(source, (sources.get(source) ?? new Set()).add(ref.instance));
    }
  }
  return Array.from(sources, ([source, {size}]) => (size === 1 ? source : `${source} ×${size}`));
}

/** `name: value` for every name, with all values if they differ. */
function valueTexts(all: readonly Readonly<Record<string, Json>>[]): readonly string[] {
  const names = [...new Set(all.flatMap((values) => Object.keys(values)))];
  return names.map((name) => {
    const values = all.flatMap((one) => (Object.hasOwn(one, name) ? [one[name]!] : []));
    const texts = [...new Set(values.map(valueText))];
    if (texts.length <= listedValues) return `${escaped(name)}: ${texts.join(' | ')}`;
    return `${escaped(name)}: ${texts[0]} … ${texts.at(-1)} (${texts.length} values)`;
  });
}

/** Records may contain anything: characters that control a terminal are escaped. */
function valueText(value: Json): string {
  const isPlain = typeof value === 'string' && value !== '' && !/\p{C}/u.test(value);
  return isPlain ? value : escaped(canonicalJson(value));
}

function escaped(text: string): string {
  return text.replaceAll(/\p{C}/gu, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`);
}

/** Texts separated by commas, wrapped to as many lines as needed. */
function wrapped(mark: string, texts: readonly string[]): readonly string[] {
  const lines: string[] = [];
  for (const [index, text] of texts.entries()) {
    const item = index === texts.length - 1 ? text : `${text},`;
    const last = lines.at(-1);
    if (last === undefined) lines.push(`${mark}${item}`);
    else if (last.length + item.length < widest) lines[lines.length - 1] = `${last} ${item}`;
    else lines.push(`${' '.repeat(mark.length)}${item}`);
  }
  return lines;
}
