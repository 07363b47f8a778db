import {closestTo} from '../../base/edit-distance.ts';
import type {Json} from '../../base/json.ts';
import type {Argument, ArgumentPart} from '../../contract/command.ts';
import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import {showNames, showValue} from '../../diagnostics/show-value.ts';
import type {Span} from '../../diagnostics/span.ts';
import {
  isText,
  jsonOf,
  spansWithin,
  type Located,
  type LocatedList,
  type LocatedText,
} from '../../document/located.ts';
import type {Matrix} from '../template/point.ts';
import type {StageSource} from '../source/pipeline-source.ts';
import type {Surroundings} from '../surroundings.ts';
import {eachPoint, originOf, stageTemplate} from '../template/stage-template.ts';

/** An argument as written, split at its `${inputs.…}` and `${outputs.…}`. */
export type ArgumentSource = readonly PartSource[];

type PartSource =
  /** `compileTemplate` replaces the rest of its `${…}`. */
  | {readonly kind: 'text'; readonly text: LocatedText}
  | {readonly kind: 'port'; readonly part: ArgumentPart; readonly span: Span}
  /** A part with a mistake, which was reported. */
  | {readonly kind: 'fault'};

const fault: ArgumentSource = [{kind: 'fault'}];

/** The names that arguments may refer to; absent if they are unknown. */
export interface PortNames {
  readonly inputs: readonly string[] | undefined;
  readonly outputs: readonly string[] | undefined;
}

/** Splits the arguments of a program into parts. `undefined` if there are no valid arguments, which was reported. */
export function parseArguments(
  written: Located,
  ports: PortNames,
  log: DiagnosticLog,
): readonly ArgumentSource[] | undefined {
  if (written.kind === 'unknown') return undefined;
  if (written.kind !== 'list' || written.items.length === 0) {
    const message = `\`run\` must be a list of the program and its arguments, got ${showValue(jsonOf(written))}.`;
    const words = isText(written) ? written.value.trim().split(/\s+/) : [];
    const suggestion = words[0] ? `run: [${words.join(', ')}]` : undefined;
    log.error('bad-value', written.span, message, {suggestion});
    return undefined;
  }
  return written.items.map((item) => parseArgument(item, ports, log));
}

function parseArgument(written: Located, ports: PortNames, log: DiagnosticLog): ArgumentSource {
  if (written.kind === 'unknown') return fault;
  if (written.kind !== 'scalar' || written.value === null) {
    const message = `An argument must be text, a number, true or false, got ${showValue(jsonOf(written))}.`;
    log.error('bad-value', written.span, message);
    return fault;
  }
  return isText(written)
    ? takeApart(written, ports, log)
    : [{kind: 'text', text: {...written, value: asWritten(written.value, written.span)}}];
}

/** A number as the author wrote it, because programs are to see `1e-4` and `1.0`. */
export function asWritten(value: number | string | boolean | null, span: Span): string {
  const text = span.file.text.slice(span.start, span.end);
  return /^[\w.+-]+$/.test(text) ? text : String(value);
}

function takeApart(written: LocatedText, ports: PortNames, log: DiagnosticLog): ArgumentSource {
  const parts: PartSource[] = [];
  const spanOf = spansWithin(written);
  const {value} = written;
  let end = 0;
  const text = (from: number, to: number): void => {
    const part = {...written, value: value.slice(from, to), span: spanOf(from, to)};
    if (to > from) parts.push({kind: 'text', text: part});
  };
  for (const match of value.matchAll(/\$\{(inputs|outputs)\.([^{}]*)\}/g)) {
    const [whole, kind, name] = match as unknown as [string, 'inputs' | 'outputs', string];
    text(end, match.index);
    end = match.index + whole.length;
    const span = spanOf(match.index, end);
    const part = kind === 'inputs' ? {input: name} : {output: name};
    const known = isKnown(name, kind, ports[kind], {span, log});
    parts.push(known ? {kind: 'port', part, span} : {kind: 'fault'});
  }
  if (end === 0) return [{kind: 'text', text: written}];
  text(end, value.length);
  return parts;
}

function isKnown(
  name: string,
  kind: 'inputs' | 'outputs',
  known: readonly string[] | undefined,
  {span, log}: {readonly span: Span; readonly log: DiagnosticLog},
): boolean {
  if (known === undefined) return false;
  if (known.includes(name)) return true;
  const near = closestTo(name, known);
  const suggestion = near === undefined ? undefined : `\${${kind}.${near}}`;
  const message = `There is no \`${kind}.${name}\`; \`${kind}\` has ${showNames(known)}.`;
  log.error('unknown-name', span, message, {suggestion});
  return false;
}

/** The arguments at each point, with `${params.…}` and `${matrix.…}` replaced; `undefined` if any has mistakes. */
export function argumentsOf(
  sources: readonly ArgumentSource[],
  stage: StageSource,
  matrix: Matrix,
  around: Surroundings,
): readonly (readonly Argument[])[] | undefined {
  const texts = sources.map((parts) =>
    parts.flatMap((part) => (part.kind === 'text' ? part.text : [])),
  );
  const {span} = stage.run!.arguments;
  const hasFolder = stage.run!.folder !== undefined;
  const lists = texts.map((items): LocatedList => ({kind: 'list', items, span}));
  const template = stageTemplate({kind: 'list', items: lists, span}, matrix, around);
  return eachPoint(template, matrix, (value, point) => {
    const report = (text: LocatedText, message: string): void => {
      const notes = originOf(text, stage.name, point, around.scope);
      around.log.error('bad-value', text.span, message, {notes});
    };
    const rows = value as readonly (readonly Json[])[];
    const filled = sources.map((source, index) => {
      const unknown = texts[index]!.some((text) => template.unknown.has(text));
      if (unknown || source.some(({kind}) => kind === 'fault')) return undefined;
      return fill(source, rows[index]!, {isProgram: index === 0, hasFolder, report});
    });
    return filled.includes(undefined) ? undefined : (filled as readonly Argument[]);
  });
}

interface Filling {
  readonly isProgram: boolean;
  readonly hasFolder: boolean;
  readonly report: (text: LocatedText, message: string) => void;
}

function fill(
  source: ArgumentSource,
  values: readonly Json[],
  {isProgram, hasFolder, report}: Filling,
): Argument | undefined {
  const parts: ArgumentPart[] = [];
  let next = 0;
  for (const part of source) {
    if (part.kind === 'port') parts.push(part.part);
    if (part.kind !== 'text') continue;
    const value = values[next++]!;
    if (value === null || typeof value === 'object') {
      const message = `An argument must be text, a number, true or false, got ${showValue(value)}.`;
      report(part.text, message);
      return undefined;
    }
    const text = String(value);
    const fault = faultOf(text, isProgram && source.length === 1, hasFolder);
    if (fault !== undefined) {
      report(part.text, fault);
      return undefined;
    }
    if (text !== '' || source.length === 1) parts.push(text);
  }
  return parts.length === 1 ? parts[0] : parts;
}

function faultOf(text: string, isProgram: boolean, hasFolder: boolean): string | undefined {
  if (text.includes('\0')) return 'No program can be given a text with the character 0 in it.';
  if (!isProgram) return undefined;
  if (text === '') return 'The first argument names the program; it is empty.';
  if (!hasFolder && /^\.{1,2}\//.test(text)) {
    return `A program is found by the PATH, and runs in an empty folder. To run ${text}, make it an input and give \`\${inputs.name}\`, or name the \`folder\` that it is to start in.`;
  }
  return undefined;
}
