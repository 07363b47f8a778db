import {closestTo} from '../../base/edit-distance.ts';
import {matchesGlob} from '../../base/matches-glob.ts';
import {DiagnosticLog, type Diagnostic} from '../../diagnostics/diagnostic.ts';
import {quoted, showNames} from '../../diagnostics/show-value.ts';
import {argumentSpan, type Span} from '../../diagnostics/span.ts';
import type {Instance, InstanceGraph, InstanceId} from './instance.ts';
import type {Point} from '../template/point.ts';
import {checkSelection, selectionAt, selects, type Selection, type Word} from './selection.ts';

/**
 * `stage` or `stage[axis=value|value,…]`: some instances of a stage, or of all stages of a nested pipeline. Steps lead
 * into nested pipelines: `cell[ipc=1]/expert[seed=0]`. `*` in the name of a stage stands for any characters.
 */
export interface Selector {
  /** The argument that it was parsed from, preceded by its option. */
  readonly text: string;
  readonly steps: readonly SelectorStep[];
}

export interface SelectorStep {
  readonly stage: Word;
  readonly selection: Selection;
}

export type ParsedSelector =
  | {readonly kind: 'parsed'; readonly selector: Selector}
  | {readonly kind: 'invalid'; readonly diagnostics: readonly Diagnostic[]};

export type SelectedInstances =
  | {readonly kind: 'selected'; readonly instances: ReadonlySet<InstanceId>}
  | {readonly kind: 'invalid'; readonly diagnostics: readonly Diagnostic[]};

/**
 * Parses a selector; `selectInstances` checks whether its names exist.
 * @param option the option whose argument it is, such as `--until`, for messages
 */
export function parseSelector(argument: string, option?: string): ParsedSelector {
  const text = option === undefined ? argument : `${option} ${argument}`;
  const steps: SelectorStep[] = [];
  let at = text.length - argument.length;
  do {
    if (steps.length > 0) at++;
    const stage = stageAt(text, at);
    if (stage === undefined) return badSelector(text, at, 'the name of a stage');
    const parsed = selectionAt(text, stage.end);
    if (parsed.kind === 'bad') return badSelector(text, parsed.at, parsed.expected);
    steps.push({stage, selection: parsed.selection});
    at = parsed.next;
  } while (text[at] === '/');
  if (at === text.length) return {kind: 'parsed', selector: {text, steps}};
  return badSelector(text, at, text[at - 1] === ']' ? 'the end' : '`[`');
}

/** The instances that match any of the selectors, in the order of the graph. */
export function selectInstances(
  graph: InstanceGraph,
  selectors: readonly Selector[],
): SelectedInstances {
  const log = new DiagnosticLog();
  const stages = byStage(graph);
  const selected = new Set<InstanceId>();
  for (const selector of selectors) {
    for (const one of withoutGlobs(selector, stages)) {
      for (const instance of matching(one, stages, log)) selected.add(instance.id);
    }
  }
  if (log.hasErrors) return {kind: 'invalid', diagnostics: log.sorted()};
  const ordered = Array.from(graph.instances.keys()).filter((id) => selected.has(id));
  return {kind: 'selected', instances: new Set(ordered)};
}

function stageAt(text: string, offset: number): Word | undefined {
  const name = /[A-Za-z*][A-Za-z0-9_*-]*/y;
  name.lastIndex = offset;
  const found = name.exec(text)?.[0];
  return found === undefined ? undefined : {text: found, start: offset, end: offset + found.length};
}

function badSelector(text: string, at: number, expected: string): ParsedSelector {
  const log = new DiagnosticLog();
  const span = {...argumentSpan(text), start: at, end: Math.min(at + 1, text.length)};
  const message = `Expected ${expected}: a selector is \`stage\` or \`stage[axis=value|value,…]\`.`;
  // Selectors have no outputs.
  const named = text[at] === '.' ? text.slice(text.lastIndexOf(' ') + 1, at) : undefined;
  log.error('bad-selector', span, message, {suggestion: quoted(named || undefined)});
  return {kind: 'invalid', diagnostics: log.sorted()};
}

/** The instances of each stage, by its path: `cell/expert`. */
type Stages = ReadonlyMap<string, readonly Instance[]>;

function byStage(graph: InstanceGraph): Stages {
  const stages = new Map<string, Instance[]>();
  for (const instance of graph.instances.values()) {
    const instances = stages.get(instance.stage);
    if (instances === undefined) stages.set(instance.stage, [instance]);
    else instances.push(instance);
  }
  return stages;
}

/** A selector for each stage that one with `*` means; itself if there is none, so that this is reported. */
function withoutGlobs(selector: Selector, stages: Stages): readonly Selector[] {
  const {steps} = selector;
  if (!steps.some(({stage}) => stage.text.includes('*'))) return [selector];
  const paths = pathsIn(stages)
    .map((path) => path.split('/'))
    .filter((names) => names.length === steps.length)
    .filter((names) => steps.every(({stage}, depth) => isStage(stage, names[depth]!)));
  if (paths.length === 0) return [selector];
  return paths.map((names) => ({
    ...selector,
    steps: steps.map((step, depth) => ({...step, stage: {...step.stage, text: names[depth]!}})),
  }));
}

/** Whether a stage is what a selector calls it. */
export function isStage({text}: Word, name: string): boolean {
  return matchesGlob(text, name);
}

function matching(
  {text, steps}: Selector,
  stages: Stages,
  log: DiagnosticLog,
): readonly Instance[] {
  const whole = argumentSpan(text);
  const spanOf = ({start, end}: Pick<Word, 'start' | 'end'>): Span => ({...whole, start, end});
  const stage = steps.map(({stage}) => stage.text).join('/');
  const instances = instancesBelow(stage, stages);
  const [first, last] = [steps[0]!.stage, steps.at(-1)!.stage];
  if (instances.length === 0) {
    reportUnknownStage(stage, stages, spanOf({start: first.start, end: last.end}), log);
    return [];
  }
  let found = instances;
  let sound = true;
  for (const [depth, {stage, selection}] of steps.entries()) {
    if (selection.kind === 'axes' && selection.choices.length === 0) continue;
    const points = new Map(instances.map((instance) => [instance, pointAt(instance, depth)]));
    const axes = Object.keys(points.get(instances[0]!)!);
    const selected = {name: stage.text, axes, points: [...points.values()]};
    sound = checkSelection(selection, selected, spanOf, log) && sound;
    found = found.filter((instance) => selects(selection, points.get(instance)!));
  }
  if (sound && found.length === 0) {
    const span = spanOf({start: first.start, end: text.length});
    const message = `\`${text.slice(first.start)}\` selects no instance of \`${stage}\`.`;
    log.error('unknown-value', span, message);
  }
  return sound ? found : [];
}

/** The instances of a stage, or of all stages below it. */
function instancesBelow(path: string, stages: Stages): readonly Instance[] {
  const own = stages.get(path);
  if (own !== undefined) return own;
  const below = Array.from(stages).filter(([name]) => name.startsWith(`${path}/`));
  return below.flatMap(([, instances]) => instances);
}

/** An instance's values on the axes down to a depth. If two axes have the same name, the inner one counts. */
function pointAt({within, axes}: Instance, depth: number): Point {
  const own = [...within.map(({point}) => point), axes];
  return depth === 0 ? own[0]! : (Object.assign({}, ...own.slice(0, depth + 1)) as Point);
}

function reportUnknownStage(stage: string, stages: Stages, span: Span, log: DiagnosticLog): void {
  const names = pathsIn(stages);
  const message = `No stage is called \`${stage}\`; there are ${showNames(names)}.`;
  const near = names.find((name) => name.endsWith(`/${stage}`)) ?? closestTo(stage, names);
  log.error('unknown-stage', span, message, {suggestion: quoted(near)});
}

/** The paths of stages, and of the nested pipelines that they are in. */
function pathsIn(stages: Stages): readonly string[] {
  const paths = new Set<string>();
  for (const path of stages.keys()) {
    const names = path.split('/');
    for (const depth of names.keys()) paths.add(names.slice(0, depth + 1).join('/'));
  }
  return [...paths];
}
