import {closestTo} from '../base/edit-distance.ts';
import {DiagnosticLog, type Diagnostic} from '../diagnostics/diagnostic.ts';
import {quoted, showNames} from '../diagnostics/show-value.ts';
import {argumentSpan, type Span} from '../diagnostics/span.ts';
import type {Instance, InstanceGraph, InstanceId} from './instance.ts';
import {checkSelection, parseSelection, selects, type Selection, type Word} from './selection.ts';

/** `stage` or `stage[axis=value|value,…]`: some instances of a stage, or of all stages of a nested pipeline. */
export interface Selector {
  readonly text: string;
  readonly stage: Word;
  readonly selection: Selection;
}

export type ParsedSelector =
  | {readonly kind: 'parsed'; readonly selector: Selector}
  | {readonly kind: 'invalid'; readonly diagnostics: readonly Diagnostic[]};

export type SelectedInstances =
  | {readonly kind: 'selected'; readonly instances: ReadonlySet<InstanceId>}
  | {readonly kind: 'invalid'; readonly diagnostics: readonly Diagnostic[]};

/** Takes a selector apart; whether its names exist is for `selectInstances` to say. */
export function parseSelector(text: string): ParsedSelector {
  const stage = /^[A-Za-z][A-Za-z0-9_/-]*/.exec(text)?.[0];
  if (stage === undefined) return badSelector(text, 0, 'the name of a stage');
  const parsed = parseSelection(text, stage.length);
  if (parsed.kind === 'bad') return badSelector(text, parsed.at, parsed.expected);
  const word = {text: stage, start: 0, end: stage.length};
  return {kind: 'parsed', selector: {text, stage: word, selection: parsed.selection}};
}

/** The instances that any of the selectors means, in the order of the graph. */
export function selectInstances(
  graph: InstanceGraph,
  selectors: readonly Selector[],
): SelectedInstances {
  const log = new DiagnosticLog();
  const stages = byStage(graph);
  const selected = new Set<InstanceId>();
  for (const selector of selectors) {
    for (const instance of matching(selector, stages, log)) selected.add(instance.id);
  }
  if (log.hasErrors) return {kind: 'invalid', diagnostics: log.sorted()};
  const ordered = Array.from(graph.instances.keys()).filter((id) => selected.has(id));
  return {kind: 'selected', instances: new Set(ordered)};
}

function badSelector(text: string, at: number, expected: string): ParsedSelector {
  const log = new DiagnosticLog();
  const span = {...argumentSpan(text), start: at, end: Math.min(at + 1, text.length)};
  const message = `Expected ${expected}: a selector is \`stage\` or \`stage[axis=value|value,…]\`.`;
  log.error('bad-selector', span, message);
  return {kind: 'invalid', diagnostics: log.sorted()};
}

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

function matching(selector: Selector, stages: Stages, log: DiagnosticLog): readonly Instance[] {
  const {stage, selection, text} = selector;
  const whole = argumentSpan(text);
  const spanOf = ({start, end}: Word): Span => ({...whole, start, end});
  const instances =
    stages.get(stage.text) ??
    Array.from(stages).flatMap(([name, inside]) =>
      name.startsWith(`${stage.text}/`) ? inside : [],
    );
  if (instances.length === 0) {
    const names = [...stages.keys()];
    const message = `No stage is called \`${stage.text}\`; there are ${showNames(names)}.`;
    const suggestion = quoted(closestTo(stage.text, names));
    log.error('unknown-stage', spanOf(stage), message, {suggestion});
    return [];
  }
  const points = instances.map(({axes}) => axes);
  const axes = [...new Set(points.flatMap((point) => Object.keys(point)))];
  if (!checkSelection(selection, {name: stage.text, axes, points}, spanOf, log)) return [];
  const found = instances.filter(({axes}) => selects(selection, axes));
  if (found.length === 0) {
    log.error('unknown-value', whole, `\`${text}\` selects no instance of \`${stage.text}\`.`);
  }
  return found;
}
