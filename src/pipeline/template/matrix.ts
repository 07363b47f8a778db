import {closestTo} from '../../base/edit-distance.ts';
import type {Json, JsonObject} from '../../base/json.ts';
import type {DiagnosticLog, Note} from '../../diagnostics/diagnostic.ts';
import {quoted, showNames, showValue} from '../../diagnostics/show-value.ts';
import type {Span} from '../../diagnostics/span.ts';
import {locate, type LocatedMap} from '../../document/located.ts';
import {axisText, pointText} from '../graph/instance-id.ts';
import {isName, reportName, type MapSource} from '../source/pipeline-source.ts';
import type {Matrix, Point} from './point.ts';
import {originOf} from './stage-template.ts';
import {compileTemplate, type Scope} from './template.ts';

/** Limit of the instances of one stage. */
const maxPoints = 1_000_000;

/**
 * The points of a matrix in row-major order of its axes, without those that match an `exclude` entry, followed by those
 * that `include` adds. An `include` entry combines with all values of the axes that it does not give. A stage without a
 * matrix has one point without axes.
 */
export function expandMatrix(
  source: MapSource,
  params: Omit<Scope, 'axes'>,
  log: DiagnosticLog,
): Matrix {
  if (source.kind === 'unknown') return {axes: undefined, points: undefined};
  if (source.entries.size === 0) return {axes: [], points: [{}]};
  return new Expansion(source, params, log).matrix();
}

class Expansion {
  readonly #source: LocatedMap;
  readonly #log: DiagnosticLog;
  readonly #data: JsonObject;
  readonly #params: MapSource;
  /** Lists of values by axis; empty for axes that only `include` entries give, and for those with mistakes. */
  readonly #values = new Map<string, readonly Json[]>();
  #sound: boolean;

  constructor(source: LocatedMap, params: Omit<Scope, 'axes'>, log: DiagnosticLog) {
    const template = compileTemplate(source, {...params, axes: []}, log);
    this.#source = source;
    this.#log = log;
    this.#params = params.params;
    this.#data = template.at({}) as JsonObject;
    this.#sound = template.unknown.size === 0;
  }

  matrix(): Matrix {
    const listed = Array.from(this.#source.entries).filter(
      ([axis]) => axis !== 'include' && axis !== 'exclude',
    );
    if (!this.#sound)
      return {
        axes: listed.length > 0 ? listed.map(([axis]) => axis) : undefined,
        points: undefined,
      };
    for (const [axis, {keySpan}] of listed) {
      if (!isName(axis)) this.#fault(() => reportName('axis', axis, keySpan, this.#log));
      this.#values.set(axis, this.#axisValues(axis));
    }
    const included = this.#entries('include');
    if (listed.length === 0) {
      for (const axis of Object.keys(included[0] ?? {})) this.#values.set(axis, []);
    }
    const axes = [...this.#values.keys()];
    included.forEach((entry, index) => this.#checkEntry('include', entry, index));
    const excluded = this.#entries('exclude');
    excluded.forEach((entry, index) => this.#checkEntry('exclude', entry, index));
    const points = this.#sound ? this.#points(included, excluded) : undefined;
    return {axes, points};
  }

  #points(
    included: readonly JsonObject[],
    excluded: readonly JsonObject[],
  ): readonly Point[] | undefined {
    const kept = this.#product({}).filter(
      (point) => !excluded.some((entry) => covers(entry, point)),
    );
    // No point can be duplicated, because the values of an axis differ.
    if (included.length === 0 && kept.length > 0) return this.#sound ? kept : undefined;
    const points = new Map(kept.map((point) => [pointText(point), point]));
    for (const entry of included) {
      for (const point of this.#product(entry)) points.set(pointText(point), point);
    }
    if (points.size > 0 || !this.#sound) return this.#sound ? [...points.values()] : undefined;
    this.#log.error('bad-matrix', this.#source.span, 'The matrix leaves no instances.');
    return undefined;
  }

  /** Every combination of the axes' values in which `fixed` holds. */
  #product(fixed: JsonObject): readonly Point[] {
    const lists = Array.from(
      this.#values,
      ([axis, values]) => [axis, Object.hasOwn(fixed, axis) ? [fixed[axis]!] : values] as const,
    );
    const size = lists.reduce((product, [, values]) => product * values.length, 1);
    if (size > maxPoints) {
      const message = `The matrix has ${size} points; a stage may have ${maxPoints} instances.`;
      this.#fault(() => this.#log.error('too-large', this.#source.span, message));
      return [];
    }
    let points: Point[] = [{}];
    for (const [axis, values] of lists) {
      points = points.flatMap((point) => values.map((value) => ({...point, [axis]: value})));
    }
    return points;
  }

  #axisValues(axis: string): readonly Json[] {
    const found = this.#data[axis]!;
    const values = isCount(found) ? this.#counted(axis, found) : found;
    if (!Array.isArray(values)) {
      const message = `Axis \`${axis}\` must be a list or {count: n}, got ${showValue(found)}.`;
      const suggestion = quoted(closestTo(axis, ['include', 'exclude']));
      const span = this.#spanOf([axis]);
      const notes = this.#originOf([axis]);
      this.#fault(() => this.#log.error('bad-value', span, message, {suggestion, notes}));
      return [];
    }
    if (values.length === 0) {
      const message = `Axis \`${axis}\` has no values, so the matrix gives no instances.`;
      this.#fault(() => this.#log.error('bad-matrix', this.#spanOf([axis]), message));
    }
    const seen = new Set<string>();
    values.forEach((value: Json, index) => {
      const path = [axis, String(index)];
      if (!this.#isAxisValue(value, axis, path)) return;
      const text = axisText(value);
      if (seen.has(text)) {
        const message = `Axis \`${axis}\` has the value ${text} twice.`;
        this.#fault(() => this.#log.error('bad-matrix', this.#spanOf(path), message));
      }
      seen.add(text);
    });
    return values as readonly Json[];
  }

  #counted(axis: string, {count}: {readonly count: Json}): readonly Json[] {
    if (typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= maxPoints) {
      return Array.from({length: count}, (_, index) => index);
    }
    const message = `\`count\` must be an integer from 1 to ${maxPoints}, got ${showValue(count)}.`;
    const notes = this.#originOf([axis, 'count']);
    this.#fault(() =>
      this.#log.error('bad-value', this.#spanOf([axis, 'count']), message, {notes}),
    );
    return [0];
  }

  #isAxisValue(value: Json, axis: string, path: readonly string[]): boolean {
    if (value !== null && typeof value !== 'object') return true;
    const message = `A value of axis \`${axis}\` must be text, a number, true or false, got ${showValue(value)}.`;
    this.#fault(() => this.#log.error('bad-value', this.#spanOf(path), message));
    return false;
  }

  #entries(key: 'include' | 'exclude'): readonly JsonObject[] {
    const found = this.#data[key] ?? [];
    if (Array.isArray(found) && found.every(isMapping)) return found;
    const message = `\`${key}\` must be a list of mappings from axes to values, got ${showValue(found as Json)}.`;
    this.#fault(() => this.#log.error('bad-value', this.#spanOf([key]), message));
    return [];
  }

  #checkEntry(key: 'include' | 'exclude', entry: JsonObject, index: number): void {
    const path = [key, String(index)];
    for (const [axis, value] of Object.entries(entry)) {
      const isValue = this.#isAxisValue(value, axis, [...path, axis]);
      if (this.#values.has(axis)) {
        if (isValue && key === 'exclude') this.#checkExcluded(axis, value, [...path, axis]);
        continue;
      }
      const axes = [...this.#values.keys()];
      const message = `The matrix has no axis \`${axis}\`; it has ${showNames(axes)}.`;
      const suggestion = quoted(closestTo(axis, axes));
      const {entry: place} = locate(this.#source, [...path, axis]);
      const span = place?.keySpan ?? this.#spanOf(path);
      this.#fault(() => this.#log.error('unknown-axis', span, message, {suggestion}));
    }
    if (key === 'exclude') return;
    for (const axis of this.#values.keys()) {
      if (this.#source.entries.has(axis) || Object.hasOwn(entry, axis)) continue;
      const message = `This entry must give a value for \`${axis}\`, as the first one does.`;
      this.#fault(() => this.#log.error('bad-matrix', this.#spanOf(path), message));
    }
  }

  /**
   * Checks an excluded value. It may be missing from the axis, since parameters may decide that; a value that is
   * similar to another is reported as misspelt.
   */
  #checkExcluded(axis: string, value: Json, path: readonly string[]): void {
    const texts = this.#values.get(axis)!.map(axisText);
    const text = axisText(value);
    const near = texts.includes(text) ? undefined : closestTo(text, texts);
    if (typeof value !== 'string' || near === undefined) return;
    const message = `Axis \`${axis}\` has no value ${text}, so that this entry excludes nothing.`;
    this.#log.warning('unknown-value', this.#spanOf(path), message, {suggestion: quoted(near)});
  }

  /** Where a value came from, if it is a parameter. */
  #originOf(path: readonly string[]): readonly Note[] {
    return originOf(locate(this.#source, path).value, '', undefined, {params: this.#params});
  }

  #spanOf(path: readonly string[]): Span {
    return locate(this.#source, path).value.span;
  }

  /** Reports a mistake, and notes that the points are unknown. */
  #fault(report: () => void): void {
    report();
    this.#sound = false;
  }
}

function isCount(value: Json): value is {readonly count: Json} {
  return isMapping(value) && Object.keys(value).length === 1 && Object.hasOwn(value, 'count');
}

function isMapping(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a point has all values of a partial point. */
function covers(partial: JsonObject, point: Point): boolean {
  return Object.entries(partial).every(
    ([axis, value]) => axisText(point[axis]!) === axisText(value),
  );
}
