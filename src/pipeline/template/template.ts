import {closestTo} from '../../base/edit-distance.ts';
import type {Json} from '../../base/json.ts';
import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import {showNames, showValue} from '../../diagnostics/show-value.ts';
import type {Span} from '../../diagnostics/span.ts';
import {
  isText,
  jsonOf,
  spansWithin,
  type Located,
  type LocatedMap,
  type LocatedText,
} from '../../document/located.ts';
import type {Point} from './point.ts';
import type {MapSource} from '../source/pipeline-source.ts';

/** The names that `${…}` may refer to at some place of a pipeline. */
export interface Scope {
  readonly params: MapSource;
  /** The axes of the stage's matrix; `undefined` if they are unknown because of a reported mistake. */
  readonly axes: readonly string[] | undefined;
  /** Top-level parameters that are used: templates add to it. */
  readonly used: Set<string>;
}

/** Data with `${…}` in it, every name checked. */
export interface Template {
  /** Whether it refers to an axis, so that points may give different values. */
  readonly varies: boolean;
  /** Values that are unknown because of a reported mistake; `at` replaces them by `null`. */
  readonly unknown: ReadonlySet<Located>;
  /** The data at a point, as new objects and lists. */
  at(point: Point): Json;
}

/**
 * Compiles data for a scope. A value that is exactly one `${…}` becomes the value that it names, of any type; inside
 * other text it becomes text; any other `$` is left alone. `${params.rates[matrix.model]}` is the entry of `rates` with
 * that name. Unknown names are reported at their own columns.
 */
export function compileTemplate(located: Located, scope: Scope, log: DiagnosticLog): Template {
  const compiler = new Compiler(scope, log);
  const at = compiler.compile(located);
  return {varies: compiler.varies, unknown: compiler.unknown, at};
}

/** Whether a text contains a `${…}` that would be replaced. */
export function mentionsNames(text: string): boolean {
  return substitution().test(text);
}

function substitution(): RegExp {
  return /\$\{(params|matrix)\.([^{}]*)\}/g;
}

type Fill = (point: Point) => Json;

class Compiler {
  varies = false;
  readonly unknown = new Set<Located>();
  readonly #scope: Scope;
  readonly #log: DiagnosticLog;
  readonly #reported = new Set<string>();

  constructor(scope: Scope, log: DiagnosticLog) {
    this.#scope = scope;
    this.#log = log;
  }

  compile(located: Located): Fill {
    if (isText(located)) return this.#text(located);
    switch (located.kind) {
      case 'unknown':
        this.unknown.add(located);
        return () => null;
      case 'scalar':
        return () => located.value;
      case 'list': {
        const items = located.items.map((item) => this.compile(item));
        return (point) => items.map((fill) => fill(point));
      }
      case 'map': {
        const fields = Array.from(
          located.entries,
          ([key, {value}]) => [key, this.compile(value)] as const,
        );
        return (point) => Object.fromEntries(fields.map(([key, fill]) => [key, fill(point)]));
      }
    }
  }

  #text(located: LocatedText): Fill {
    const matches = [...located.value.matchAll(substitution())];
    if (matches.length === 0) return () => located.value;
    const spanOf = spansWithin(located);
    const names = matches.map((match) => {
      const span = spanOf(match.index, match.index + match[0].length);
      const value =
        match[1] === 'params' ? this.#param(match[2]!, span, located) : this.#axis(match[2]!, span);
      return {start: match.index, end: match.index + match[0].length, span, value};
    });
    if (names.some(({value}) => value === undefined)) {
      this.unknown.add(located);
      return () => null;
    }
    if (names.length === 1 && matches[0]![0] === located.value) return names[0]!.value!;
    return (point) => {
      let text = '';
      let end = 0;
      for (const name of names) {
        text += located.value.slice(end, name.start) + this.#asText(name.value!(point), name.span);
        end = name.end;
      }
      return text + located.value.slice(end);
    };
  }

  #asText(value: Json, span: Span): string {
    if (value === null || typeof value !== 'object') return String(value);
    const message = `Only text, numbers, true and false can be part of a text, got ${showValue(value)}.`;
    this.#log.error('bad-value', span, message);
    return '';
  }

  /** @param located the text that contains the path */
  #param(path: string, span: Span, located: LocatedText): Fill | undefined {
    const steps = pathSteps(path);
    const fills = steps.map((step): Fill | undefined => {
      if (step.kind === 'name') return () => step.name;
      if (step.kind === 'matrix') return this.#axis(step.path, span);
      return this.#param(step.path, span, located);
    });
    const keys = fills.flatMap((fill) => fill ?? []);
    if (keys.length < steps.length) return undefined;
    const find = (point: Point): Located | undefined =>
      this.#find(
        keys.map((key) => this.#asText(key(point), span)),
        span,
      );
    this.#scope.used.add(path.split(/[.[]/, 1)[0]!);
    if (!steps.some(({kind}) => kind === 'matrix')) {
      const found = find({});
      return found && (() => jsonOf(found));
    }
    return (point) => {
      const found = find(point);
      if (found === undefined) this.unknown.add(located);
      return found === undefined ? null : jsonOf(found);
    };
  }

  /** The parameter at the end of a path; `undefined`: it does not exist, which was reported. */
  #find(path: readonly string[], span: Span): Located | undefined {
    let value: Located = this.#scope.params;
    let way = 'params';
    for (const step of path) {
      if (value.kind === 'unknown') return undefined;
      const entries: LocatedMap['entries'] = value.kind === 'map' ? value.entries : new Map();
      const entry = entries.get(step);
      if (entry === undefined) {
        this.#reportUnknown(`${way}.${step}`, way, entries.keys(), span);
        return undefined;
      }
      way = `${way}.${step}`;
      value = entry.value;
    }
    return holdsUnknown(value) ? undefined : value;
  }

  #axis(axis: string, span: Span): Fill | undefined {
    const {axes} = this.#scope;
    if (axes === undefined) return undefined;
    if (!axes.includes(axis)) {
      this.#reportUnknown(`matrix.${axis}`, 'matrix', axes, span);
      return undefined;
    }
    this.varies = true;
    return (point) => point[axis]!;
  }

  #reportUnknown(name: string, parent: string, candidates: Iterable<string>, span: Span): void {
    const fault = `${span.start} ${name}`;
    // A path that depends on the point is looked up at every point, but reported once.
    if (this.#reported.has(fault)) return;
    this.#reported.add(fault);
    const known = [...candidates];
    const message = `There is no \`${name}\`; \`${parent}\` has ${showNames(known)}.`;
    const near = closestTo(name.slice(parent.length + 1), known);
    const suggestion = near === undefined ? undefined : `\${${parent}.${near}}`;
    this.#log.error('unknown-name', span, message, {suggestion});
  }
}

/** A step of a path into parameters: a name, or another value that is the name: `rates[matrix.model]`. */
type PathStep =
  | {readonly kind: 'name'; readonly name: string}
  | {readonly kind: 'params' | 'matrix'; readonly path: string};

function pathSteps(path: string): readonly PathStep[] {
  const steps: PathStep[] = [];
  // A bracket that does not open such a value is part of a name.
  for (const match of path.matchAll(
    /\[(params|matrix)\.([^[\]]+)\]|(?:^|\.)((?:(?!\[(?:params|matrix)\.)[^.])*)/g,
  )) {
    const [, kind, inner, name] = match;
    if (kind === undefined) steps.push({kind: 'name', name: name!});
    else steps.push({kind: kind as 'params' | 'matrix', path: inner!});
  }
  return steps;
}

function holdsUnknown(located: Located): boolean {
  switch (located.kind) {
    case 'unknown':
      return true;
    case 'scalar':
      return false;
    case 'list':
      return located.items.some(holdsUnknown);
    case 'map':
      return Array.from(located.entries.values()).some(({value}) => holdsUnknown(value));
  }
}
