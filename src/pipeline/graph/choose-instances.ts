import {DiagnosticLog, type Diagnostic} from '../../diagnostics/diagnostic.ts';
import {argumentSpan} from '../../diagnostics/span.ts';
import type {InstanceGraph, InstanceId} from './instance.ts';
import {parseSelector, selectInstances, type Selector} from './selector.ts';
import {subGraph} from './sub-graph.ts';
import {firstOfDuplicates} from './duplicates.ts';

/** Selectors as written on a command line. */
export interface Wishes {
  /** These instances and everything they need. Empty: all instances. */
  readonly select: readonly string[];
  /** Nothing downstream of these instances. */
  readonly until: readonly string[];
  /** These instances run even if their results are stored. */
  readonly force: readonly string[];
  /** The option that gave them, for diagnostics. Absent: `--force`. */
  readonly forcedBy?: string;
}

/** The same, parsed. */
export interface ParsedWishes {
  readonly select: readonly Selector[];
  readonly until: readonly Selector[];
  readonly force: readonly Selector[];
}

/** The instances that a command is about. */
export interface Choice {
  /** The chosen instances, with everything they need. */
  readonly graph: InstanceGraph;
  /** The instances that the selectors name; all instances if there are none. */
  readonly selected: ReadonlySet<InstanceId>;
  /** Instances of `graph` that run even if their results are stored, including duplicates of forced ones. */
  readonly forced: ReadonlySet<InstanceId>;
}

/** Parses all selectors. Mistakes are added to the diagnostics. */
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
  /** The mistakes of all selectors: unknown names, and selectors that contradict others. */
  | {readonly kind: 'invalid'; readonly diagnostics: readonly Diagnostic[]};

/** Chooses instances of a graph by selectors. */
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
  return {kind: 'chosen', choice: {graph, selected, forced: withDuplicates(graph, forced)}};
}

/** Adds duplicates: instances with the same computation share a result, so they are forced together. */
function withDuplicates(
  graph: InstanceGraph,
  forced: ReadonlySet<InstanceId>,
): ReadonlySet<InstanceId> {
  if (forced.size === 0) return forced;
  const firstOf = firstOfDuplicates(graph);
  const first = new Set(Array.from(forced, (id) => firstOf.get(id)!));
  return new Set(
    Array.from(firstOf).flatMap(([id, duplicate]) => (first.has(duplicate) ? id : [])),
  );
}

function reportLeftOut({text, steps}: Selector, log: DiagnosticLog): void {
  const start = steps[0]?.stage.start ?? 0;
  const message = `\`${text.slice(start)}\` is not among the instances that the other selectors choose, so it cannot be forced.`;
  log.error('left-out', {...argumentSpan(text), start}, message);
}
