import {closestTo} from '../../base/edit-distance.ts';
import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import {quoted, showNames} from '../../diagnostics/show-value.ts';
import type {Span} from '../../diagnostics/span.ts';
import {
  isText,
  spansWithin,
  type Located,
  type LocatedMap,
  type LocatedText,
} from '../../document/located.ts';
import {isPipelineFile, type PipelineSource} from './pipeline-source.ts';

/** A value in place of that of a parameter of a pipeline, or of one of its stages. */
export interface Override {
  /** `parameter` or `stage.parameter`; further steps reach into a mapping. */
  readonly name: string;
  readonly nameSpan: Span;
  readonly value: Located;
}

/**
 * A pipeline with other values of its parameters and of those of its stages. A name is that of a parameter of the pipeline
 * if there is one, and of a stage otherwise. Of two values for one name the later wins.
 */
export function overridePipeline(
  source: PipelineSource,
  overrides: readonly Override[],
  log: DiagnosticLog,
): PipelineSource {
  return overrides.reduce((before, override) => overrideOne(before, override, log), source);
}

function overrideOne(source: PipelineSource, given: Override, log: DiagnosticLog): PipelineSource {
  const {params, stages} = source;
  // What is missing may be in what was reported.
  if (params.kind === 'unknown') return source;
  const steps = params.entries.has(given.name) ? [given.name] : given.name.split('.');
  const [first, ...rest] = steps as [string, ...string[]];
  if (params.entries.has(first)) {
    return {...source, params: replaceAt(params, steps, {...given, way: 'params', log})};
  }
  const stage = stages.get(first);
  if (stage === undefined || rest.length === 0) {
    reportUnknown(source, params, {...given, log});
    return source;
  }
  if (stage.run !== undefined) {
    const message = `Stage \`${first}\` runs a program, which has no parameters: its arguments may refer to those of the pipeline.`;
    log.error('unknown-param', given.nameSpan, message);
  }
  const own = stage.with;
  if (stage.run !== undefined || own.kind === 'unknown') return source;
  const isNested = stage.uses !== undefined && isPipelineFile(stage.uses.value);
  const before = own.entries.get(rest[0]!)?.value;
  if (before !== undefined && isOfAxis(before) && !isOfAxis(given.value)) {
    const message = `This replaces \`${before.value}\`: instances of \`${first}\` that differ in nothing else become the same.`;
    log.warning('bad-matrix', given.nameSpan, message);
  }
  const changed = isNested
    ? withLast(own, rest.join('.'), given)
    : replaceAt(own, rest, {...given, way: first, log});
  return {
    ...source,
    stages: new Map(stages).set(first, {...stage, with: changed}),
    replaced: before === undefined ? source.replaced : [...source.replaced, before],
  };
}

/** Puts a value after all others, since of what a nested pipeline is given the last wins. */
function withLast(map: LocatedMap, name: string, {nameSpan, value}: Override): LocatedMap {
  const others = Array.from(map.entries).filter(([other]) => other !== name);
  return {...map, entries: new Map([...others, [name, {keySpan: nameSpan, value}]])};
}

/** A value on the way to its place. */
interface Placing extends Override {
  /** The names before the next step: `params` and steps into a mapping, or a stage and such steps. */
  readonly way: string;
  readonly log: DiagnosticLog;
}

/**
 * Replaces the value at the end of the steps. The parameters of the pipeline have to be there; those of a stage may be
 * left out, and its contract says which there are.
 */
function replaceAt(map: LocatedMap, steps: readonly string[], placing: Placing): LocatedMap {
  const [name, ...rest] = steps as [string, ...string[]];
  const {nameSpan, value, way} = placing;
  const isDeclared = /^params(\.|$)/.test(way);
  const empty: LocatedMap = {kind: 'map', entries: new Map(), span: nameSpan};
  const entry =
    map.entries.get(name) ?? (isDeclared ? undefined : {keySpan: nameSpan, value: empty});
  if (entry === undefined || (rest.length > 0 && entry.value.kind !== 'map')) {
    reportMissing(map, steps, placing);
    return map;
  }
  const next = {...placing, way: `${way}.${name}`};
  const replaced = rest.length === 0 ? value : replaceAt(entry.value as LocatedMap, rest, next);
  return {...map, entries: new Map(map.entries).set(name, {...entry, value: replaced})};
}

function reportMissing(map: LocatedMap, steps: readonly string[], placing: Placing): void {
  const [step, ...rest] = steps as [string, ...string[]];
  const {name, nameSpan, way, log} = placing;
  const isThere = map.entries.has(step);
  const parent = isThere ? `${way}.${step}` : way;
  const names = isThere ? [] : [...map.entries.keys()];
  const message = `There is no parameter \`${parent}.${isThere ? rest[0]! : step}\`; \`${parent}\` has ${showNames(names)}.`;
  const near = closestTo(step, names);
  const suggestion = near && quoted([...way.split('.').slice(1), near, ...rest].join('.'));
  const start = name.length - steps.join('.').length;
  const span = spansWithin({kind: 'scalar', value: name, span: nameSpan})(start, name.length);
  log.error('unknown-param', span, message, {suggestion});
}

function reportUnknown(
  source: PipelineSource,
  params: LocatedMap,
  {name, nameSpan, log}: Override & {readonly log: DiagnosticLog},
): void {
  const own = [...params.entries.keys()];
  const stages = [...source.stages.keys()];
  const kinds = `\`params\` has ${showNames(own)}, and \`stage.parameter\` may begin with ${showNames(stages)}`;
  const message = source.stages.has(name)
    ? `\`${name}\` is a stage: \`${name}.parameter\` is one of its parameters.`
    : `${source.file.name} has no parameter \`${name}\`: ${kinds}.`;
  const suggestion = source.stages.has(name) ? undefined : quoted(meantBy(name, own, source));
  log.error('unknown-param', nameSpan, message, {suggestion});
}

function isOfAxis(value: Located): value is LocatedText {
  return isText(value) && value.value.includes('${matrix.');
}

/** The name that an unknown one was probably meant to be. */
function meantBy(
  name: string,
  own: readonly string[],
  {stages}: PipelineSource,
): string | undefined {
  const [first, ...rest] = name.split('.') as [string, ...string[]];
  if (rest.length > 0) {
    const near = closestTo(first, [...own, ...stages.keys()]);
    return near && [near, ...rest].join('.');
  }
  // What an axis gives is not meant: with another value there, all instances of the stage would be the same.
  const ofStages = Array.from(stages.values()).flatMap(({name: stage, with: given}) =>
    given.kind !== 'map'
      ? []
      : Array.from(given.entries)
          .filter(([, {value}]) => !isOfAxis(value))
          .map(([key]) => [key, stage] as const),
  );
  const inStage = (key: string | undefined): string | undefined => {
    const found = ofStages.find(([other]) => other === key);
    return found && `${found[1]}.${found[0]}`;
  };
  const keys = ofStages.map(([key]) => key);
  return inStage(name) ?? closestTo(name, own) ?? inStage(closestTo(name, keys));
}
