import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import type {Span} from '../../diagnostics/span.ts';

/** The stages that each stage needs, with the place of the reference. In the order of the file. */
export type Needs = ReadonlyMap<string, ReadonlyMap<string, Span>>;

/**
 * The stages in topological order; ties keep the order of the file. Stages on a cycle, and those that need them, are
 * left out; each cycle is reported once, with its trail.
 */
export function orderStages(
  needs: Needs,
  log: DiagnosticLog,
  what: 'stages' | 'parameters' = 'stages',
): readonly string[] {
  const waiting = new Map(Array.from(needs, ([stage, needed]) => [stage, needed.size]));
  const users = new Map<string, string[]>();
  for (const [stage, needed] of needs) {
    for (const need of needed.keys()) users.set(need, [...(users.get(need) ?? []), stage]);
  }
  const ordered = [...needs.keys()].filter((stage) => waiting.get(stage) === 0);
  for (const stage of ordered) {
    for (const user of users.get(stage) ?? []) {
      const left = waiting.get(user)! - 1;
      waiting.set(user, left);
      if (left === 0) ordered.push(user);
    }
  }
  if (ordered.length < needs.size)
    reportCycles(needs, new Set(ordered), (span, trail) => {
      log.error('cycle', span, `These ${what} wait for each other: ${trail}.`);
    });
  return ordered;
}

type Report = (span: Span, trail: string) => void;

function reportCycles(needs: Needs, ordered: ReadonlySet<string>, report: Report): void {
  const position = new Map(Array.from(needs.keys(), (stage, index) => [stage, index]));
  const seen = new Set<string>();
  for (const start of needs.keys()) {
    const walk: string[] = [];
    // Every remaining stage needs another remaining one, so the walk ends at a stage that was visited before.
    for (let stage = start; !ordered.has(stage) && !seen.has(stage);) {
      seen.add(stage);
      walk.push(stage);
      stage = [...needs.get(stage)!.keys()].find((need) => !ordered.has(need))!;
      const closed = walk.indexOf(stage);
      if (closed >= 0) reportCycle(walk.slice(closed), position, needs, report);
    }
  }
}

/** @param cycle each stage needs the next one, and the last needs the first */
function reportCycle(
  cycle: readonly string[],
  position: ReadonlyMap<string, number>,
  needs: Needs,
  report: Report,
): void {
  const first = cycle.reduce((a, b) => (position.get(a)! < position.get(b)! ? a : b));
  const at = cycle.indexOf(first);
  const from = [...cycle.slice(at), ...cycle.slice(0, at), first];
  const span = needs.get(first)!.get(from[1]!)!;
  report(span, from.toReversed().join(' → '));
}
