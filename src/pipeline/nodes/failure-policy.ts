import type {Json, JsonObject} from '../../base/json.ts';
import {quoted, showValue} from '../../diagnostics/show-value.ts';
import {locate} from '../../document/located.ts';
import type {FailurePolicy} from '../graph/instance.ts';
import type {Matrix} from '../template/point.ts';
import {longestMs, nearestTime, parseTime} from '../source/parse-time.ts';
import {checkKeys} from '../source/check-keys.ts';
import type {StageSource} from '../source/pipeline-source.ts';
import type {Surroundings} from '../surroundings.ts';
import {eachPoint, originOf, stageTemplate} from '../template/stage-template.ts';

/** The keys of `retry`: the causes that are retried. */
const causes = ['crash', 'out-of-memory'] as const;
const maxRetries = 100;

/** `timeout` and `retry` of a stage, by the index of the point. `undefined`: mistakes were reported. */
export function policiesOf(
  source: StageSource,
  matrix: Matrix,
  around: Surroundings,
): readonly FailurePolicy[] | undefined {
  const {policy} = source;
  const retry = policy.entries.get('retry')?.value;
  if (retry?.kind === 'map') {
    checkKeys({map: retry, known: causes, what: '`retry`', log: around.log});
  }
  const template = stageTemplate(policy, matrix, around);
  return eachPoint(template, matrix, (value, point) => {
    const faults = faultsOf(value as JsonObject);
    for (const {path, expected, suggestion} of faults) {
      const {value: written, whole} = locate(policy, path);
      if (written.kind === 'unknown' || template.unknown.has(written)) continue;
      const name = path.join('.');
      const got = showValue(valueAt(value, whole ? path : path.slice(0, 1)));
      around.log.error('bad-value', written.span, `\`${name}\` must be ${expected}, got ${got}.`, {
        notes: originOf(written, source.name, point, around.scope),
        suggestion: quoted(suggestion),
        about: name,
      });
    }
    return faults.length === 0 ? policyFrom(value as JsonObject) : undefined;
  });
}

/** Reports `timeout` and `retry` at a stage that uses a pipeline. */
export function rejectPolicy({policy, uses}: StageSource, {log}: Surroundings): void {
  for (const [name, {keySpan}] of policy.entries) {
    const message = `\`${name}\` belongs to the stages inside ${uses!.value}.`;
    log.error('unknown-key', keySpan, message);
  }
}

interface Fault {
  readonly path: readonly string[];
  readonly expected: string;
  readonly suggestion?: string;
}

function faultsOf({timeout, retry}: JsonObject): readonly Fault[] {
  return [
    ...(timeout === undefined ? [] : timeoutFaults(timeout)),
    ...(retry === undefined ? [] : retryFaults(retry)),
  ];
}

function timeoutFaults(timeout: Json): readonly Fault[] {
  const path = ['timeout'];
  const ms = parseTime(timeout);
  if (ms === undefined) {
    const expected = 'a time above 0 such as 90s, 30m or 2h';
    const meant = nearestTime(timeout);
    return [{path, expected, ...(meant !== undefined && {suggestion: meant})}];
  }
  return ms > longestMs ? [{path, expected: 'at most 24d'}] : [];
}

function retryFaults(retry: Json): readonly Fault[] {
  if (!isObject(retry)) {
    return isCount(retry) ? [] : [{path: ['retry'], expected: `${aCount} or {crash: n, …}`}];
  }
  return Object.entries(retry)
    .filter(([, count]) => !isCount(count))
    .map(([cause]) => ({path: ['retry', cause], expected: aCount}));
}

const aCount = `an integer from 0 to ${maxRetries}`;

function isCount(value: Json): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= maxRetries;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function policyFrom({timeout, retry = 0}: JsonObject): FailurePolicy {
  const timeoutMs = timeout === undefined ? undefined : parseTime(timeout);
  const counts = isObject(retry) ? retry : {crash: retry, 'out-of-memory': retry};
  return {
    ...(timeoutMs === undefined ? {} : {timeoutMs}),
    retries: {crash: 0, 'out-of-memory': 0, ...counts},
  };
}

function valueAt(value: Json, path: readonly string[]): Json {
  let inner = value;
  for (const step of path) inner = (isObject(inner) ? inner[step] : undefined) ?? null;
  return inner;
}
