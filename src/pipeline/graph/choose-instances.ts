import {DiagnosticLog, type Diagnostic} from '../../diagnostics/diagnostic.ts';
import {argumentSpan} from '../../diagnostics/span.ts';
import type {InstanceGraph, InstanceId} from './instance.ts';
import {parseSelector, selectInstances, type Selector} from './selector.ts';
import {subGraph} from './sub-graph.ts';
import {firstOfDuplicates} from './duplicates.ts';

/** Selectors as they are written on a command line. */
export interface Wishes {
  /** These and all they need. Empty: everything. */
  readonly select: readonly string[];
  /** Nothing that comes after these. */
  readonly until: readonly string[];
  /** These run even if their results are stored. */
  readonly force: readonly string[];
  /** The option by which they were given, as diagnostics show it. Absent: `--force`. */
  readonly forcedBy?: string;
}

/** The same, taken apart. */
export interface ParsedWishes {
  readonly select: readonly Selector[];
  readonly until: readonly Selector[];
  readonly force: readonly Selector[];
}

/** What a command is about. */
export interface Choice {
  /** What was chosen, with all it needs. */
  readonly graph: InstanceGraph;
  /** What the selectors name themselves; everything where there are none. */
  readonly selected: ReadonlySet<InstanceId>;
  /** Instances of `graph` that run even if their results are stored, with those that compute the same. */
  readonly forced: ReadonlySet<InstanceId>;
}

/** Takes all selectors apart. What is wrong with them is added to the diagnostics. */
export function parseWishes({select, until, force, forcedBy = '--force'}: Wishes): {
  readonly wishes: ParsedWishes;
  readonly diagnostics: readonly Diagnostic[];
} {
  const diagnostics: Diagnostic[] = [];
  const parse = (texts: readonly string[], option?: string): readonly Selector[] =>
    texts.flatMap((text) => {
      const parsed = parseSelector(text, option);
      if (parsed.kind === 'parsed') return parsed.selector;
      diagnostics.push(...parsed.diagnostics);
      return [];
    });
  const wishes = {
    select: parse(select),
    until: parse(until, '--until'),
    force: parse(force, forcedBy),
  };
  return {wishes, diagnostics};
}

export type Chosen =
  | {readonly kind: 'chosen'; readonly choice: Choice}
  /** Every selector in which something does not exist, or does not fit the others. */
  | {readonly kind: 'invalid'; readonly diagnostics: readonly Diagnostic[]};

/** Finds what was asked for in a graph. */
export function chooseInstances(whole: InstanceGraph, wishes: ParsedWishes): Chosen {
  const diagnostics: Diagnostic[] = [];
  const find = (selectors: readonly Selector[]): ReadonlySet<InstanceId> => {
    const found = selectInstances(whole, selectors);
    if (found.kind === 'selected') return found.instances;
    diagnostics.push(...found.diagnostics);
    return new Set();
  };
  const select = wishes.select.length === 0 ? undefined : find(wishes.select);
  const until = find(wishes.until);
  const force = wishes.force.map((selector) => ({selector, instances: find([selector])}));
  if (diagnostics.length > 0) return {kind: 'invalid', diagnostics};

  const graph = subGraph(whole, {...(select && {select}), until});
  const log = new DiagnosticLog();
  const forced = new Set<InstanceId>();
  for (const {selector, instances} of force) {
    const inside = [...instances].filter((id) => graph.instances.has(id));
    if (inside.length === 0) reportLeftOut(selector, log);
    for (const id of inside) forced.add(id);
  }
  if (log.hasErrors) return {kind: 'invalid', diagnostics: log.sorted()};
  const selected = select ?? new Set(graph.instances.keys());
  return {kind: 'chosen', choice: {graph, selected, forced: withTwins(graph, forced)}};
}

/** What computes the same has one result, so that it is forced together. */
function withTwins(graph: InstanceGraph, forced: ReadonlySet<InstanceId>): ReadonlySet<InstanceId> {
  if (forced.size === 0) return forced;
  const firstOf = firstOfDuplicates(graph);
  const first = new Set(Array.from(forced, (id) => firstOf.get(id)!));
  return new Set(Array.from(firstOf).flatMap(([id, twin]) => (first.has(twin) ? id : [])));
}

function reportLeftOut({text, steps}: Selector, log: DiagnosticLog): void {
  const start = steps[0]!.stage.start;
  const message = `Nothing of \`${text.slice(start)}\` is among what the other selectors choose, so it cannot be forced.`;
  log.error('left-out', {...argumentSpan(text), start}, message);
}
