import {canonicalJson} from '../base/canonical-json.ts';
import type {Json} from '../base/json.ts';
import {matchesGlob} from '../base/matches-glob.ts';
import {parseTime} from '../pipeline/source/parse-time.ts';
import {brackets} from './metric-name.ts';
import type {RunSummary} from './run-summary.ts';
import {valueOf} from './run-values.ts';

/** A condition on runs, such as `outcome=ok`, `epochs>=10` or `age<7d`. */
export interface Condition {
  /** As it was given. */
  readonly text: string;
  readonly name: string;
  readonly operator: '=' | '!=' | '<' | '<=' | '>' | '>=';
  /** What it is compared with: of `a|b` both. `*` stands for any characters. */
  readonly values: readonly string[];
}

/** A sign within brackets belongs to a name. */
const pattern = new RegExp(
  `^(?<name>(?:[^=!<>[]|${brackets})+?) *(?<operator>!=|<=|>=|=|<|>) *(?<values>.*)$`,
  's',
);

/** Parses a condition; `undefined`: it has no name or no operator, or a number is missing. */
export function parseCondition(text: string): Condition | undefined {
  const parts = pattern.exec(text)?.groups;
  if (parts === undefined) return undefined;
  const {name = '', values = ''} = parts;
  const operator = parts['operator'] as Condition['operator'];
  const isEquality = operator === '=' || operator === '!=';
  if (!isEquality && numberOf(values, name) === undefined) return undefined;
  return {text, name, operator, values: isEquality ? values.split('|') : [values]};
}

/** Whether a run meets a condition. A run without a value meets only `!=`. */
export function meets(run: RunSummary, condition: Condition, nowMs: number): boolean {
  const {name, operator, values} = condition;
  const value = valueOf(run, name, nowMs);
  const isAny = values.some((wanted) => isEqual(value, wanted, name));
  if (operator === '=') return isAny;
  if (operator === '!=') return !isAny;
  const [is, limit] = [numeric(value), numberOf(values[0]!, name)!];
  if (is === undefined) return false;
  switch (operator) {
    case '<':
      return is < limit;
    case '<=':
      return is <= limit;
    case '>':
      return is > limit;
    case '>=':
      return is >= limit;
  }
}

function isEqual(value: Json | undefined, wanted: string, name: string): boolean {
  if (value === undefined) return false;
  const [number, limit] = [numeric(value), numberOf(wanted, name)];
  if (number !== undefined && limit !== undefined) return number === limit;
  return matchesGlob(wanted, typeof value === 'string' ? value : canonicalJson(value));
}

function numeric(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isNaN(number) ? undefined : number;
}

/** The number that a text is; of durations, such as `7d`, the milliseconds. */
function numberOf(text: string, name: string): number | undefined {
  return durations.has(name) ? parseTime(text) : numeric(text);
}

/** Values that are durations: in milliseconds. */
const durations: ReadonlySet<string> = new Set(['age', 'took']);

/**
 * Sorts runs by a value: ages with the newest first, metrics with the best first or, where nothing says which is better, the highest;
 * numbers before texts, and both upwards. Those without a value come last.
 */
export function sortRuns(
  runs: readonly RunSummary[],
  name: string,
  {isReversed, nowMs}: {readonly isReversed: boolean; readonly nowMs: number},
): readonly RunSummary[] {
  const keyed = runs.map((run) => ({run, value: valueOf(run, name, nowMs)}));
  const metric = keyed.map(({run}) => run.metrics.get(name)).find((one) => one !== undefined);
  const isDown = metric !== undefined && metric.best !== 'lowest';
  const sign = isDown === isReversed ? 1 : -1;
  return keyed
    .sort((a, b) => {
      if (a.value === undefined || b.value === undefined) {
        return Number(a.value === undefined) - Number(b.value === undefined);
      }
      return sign * inOrder(a.value, b.value);
    })
    .map(({run}) => run);
}

function inOrder(a: Json, b: Json): number {
  const [one, other] = [numeric(a), numeric(b)];
  if (one !== undefined && other !== undefined) return one - other;
  if (one !== undefined || other !== undefined) return one === undefined ? 1 : -1;
  const [text, next] = [a, b].map((value) =>
    typeof value === 'string' ? value : canonicalJson(value),
  );
  return text! < next! ? -1 : Number(text! > next!);
}
