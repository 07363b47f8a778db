import {closestTo} from '../../base/edit-distance.ts';
import type {InputForm} from '../../contract/command.ts';
import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import {quoted, showNames} from '../../diagnostics/show-value.ts';
import type {Span} from '../../diagnostics/span.ts';
import {spansWithin, type LocatedText} from '../../document/located.ts';
import {axisText, instanceId} from '../graph/instance-id.ts';
import type {OutputRef} from '../graph/instance.ts';
import type {Point} from '../template/point.ts';
import {parseReference, type Reference} from './reference.ts';
import {checkSelection, selects, type Selection, type Word} from '../graph/selection.ts';
import type {NodeOutput, Port, StageNode} from './stage-node.ts';

/** The outputs that a reference stands for. */
export interface Lookup {
  /** Whether they are the same at every point. */
  readonly constant: boolean;
  /** The files' suffix, and whether the syntax of the reference allows several. */
  readonly form: InputForm;
  /** The outputs at a point of the referring stage; `undefined` if there are none, which was reported. */
  at(point: Point): readonly OutputRef[] | undefined;
}

/** The stage or output that contains the reference. */
export interface ReferenceUser {
  /** The name of the stage, or of the output of the pipeline. */
  readonly name: string;
  /** Its matrix axes, on which references are joined; `undefined` if they are unknown. */
  readonly axes: readonly string[] | undefined;
  readonly port: string;
  /** The port. Absent: it accepts anything. */
  readonly takes: Port | undefined;
}

/** The stages that can be referred to, and the log for mistakes. */
export interface ReferenceSurroundings {
  readonly nodes: ReadonlyMap<string, StageNode>;
  readonly log: DiagnosticLog;
}

export interface ResolvedReference {
  readonly span: Span;
  /** The stage that it names, if that exists. */
  readonly stage?: string;
  readonly output?: NodeOutput;
  /** Absent: a mistake was reported, here or about that stage. */
  readonly lookup?: Lookup;
}

/** Resolves a reference. @param written the text of `site` with its `${…}` replaced */
export function resolveReference(
  written: string,
  site: LocatedText,
  user: ReferenceUser,
  around: ReferenceSurroundings,
): ResolvedReference {
  return new Resolver(written, site, user, around).resolved();
}

class Resolver {
  readonly #written: string;
  readonly #site: LocatedText;
  readonly #user: ReferenceUser;
  readonly #around: ReferenceSurroundings;

  constructor(
    written: string,
    site: LocatedText,
    user: ReferenceUser,
    around: ReferenceSurroundings,
  ) {
    this.#written = written;
    this.#site = site;
    this.#user = user;
    this.#around = around;
  }

  resolved(): ResolvedReference {
    const parsed = parseReference(this.#written);
    if (parsed.kind === 'bad') {
      this.#reportSyntax(parsed.at, parsed.expected);
      return {span: this.#site.span};
    }
    const {reference} = parsed;
    const span = this.#span({start: 0, end: reference.output.end});
    const node = this.#around.nodes.get(reference.stage.text);
    if (node === undefined) {
      this.#reportUnknownStage(reference.stage);
      return {span};
    }
    const stage = node.source.name;
    const output = this.#output(reference, node);
    if (output === undefined) return {span, stage};
    const lookup = this.#lookup(reference, {node, found: output}, span);
    return {span, stage, output, ...(lookup && {lookup})};
  }

  /** The output, if it exists and fits the port. */
  #output({stage: {text: stage}, output}: Reference, node: StageNode): NodeOutput | undefined {
    const {outputs} = node;
    if (outputs === undefined) return undefined;
    const {port, takes} = this.#user;
    const {log} = this.#around;
    const found = outputs.get(output.text);
    if (!outputs.has(output.text)) {
      const names = [...outputs.keys()];
      const message = `Stage \`${stage}\` has no output \`${output.text}\`; it has ${showNames(names)}.`;
      const suggestion = suggested(stage, closestTo(output.text, names));
      log.error('unknown-output', this.#span(output), message, {suggestion});
    } else if (found === undefined) {
      return undefined;
    } else if (takes?.media !== undefined && found.media.name !== takes.media) {
      const message = `\`${port}\` takes ${takes.media}, but \`${stage}.${output.text}\` is ${found.media.name}.`;
      const fitting = [...outputs].find(([, other]) => other?.media.name === takes.media)?.[0];
      log.error('media-mismatch', this.#span(output), message, {
        suggestion: suggested(stage, fitting),
      });
    } else if (takes !== undefined && found.many && takes.many !== true) {
      const message = `\`${port}\` takes exactly one artifact, but \`${stage}.${output.text}\` may be several.`;
      log.error('wrong-count', this.#span(output), message);
    } else {
      return found;
    }
    return undefined;
  }

  #lookup(
    {stage: {text: stage}, output, selection}: Reference,
    {node, found}: {readonly node: StageNode; readonly found: NodeOutput},
    span: Span,
  ): Lookup | undefined {
    const {axes, points} = node.matrix;
    if (axes === undefined || points === undefined || this.#user.axes === undefined) {
      return undefined;
    }
    const selected = {name: stage, axes, points};
    const spanOf = (word: Word): Span => this.#span(word);
    if (!checkSelection(selection, selected, spanOf, this.#around.log)) return undefined;
    const joined = openAxes(selection, axes);
    const unjoined = joined.filter((axis) => !this.#user.axes!.includes(axis));
    if (unjoined.length > 0) {
      this.#reportUnjoined(`${stage}.${output.text}`, selection, unjoined, span);
      return undefined;
    }
    const groups = new Map<string, OutputRef[]>();
    for (const [index, point] of points.entries()) {
      if (!selects(selection, point)) continue;
      const refs = node.refs(output.text, index);
      if (refs.length === 0 && found.onlyWith !== undefined) {
        return this.#reportLeftOut(stage, output, {onlyWith: found.onlyWith, point});
      }
      const key = joinKey(point, joined);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [...refs]);
      else group.push(...refs);
    }
    const at = (point: Point): readonly OutputRef[] | undefined => {
      const refs = groups.get(joinKey(point, joined));
      if (refs === undefined) this.#reportNoInstance(stage, joined, point, span);
      return refs;
    };
    const several =
      found.many || isPlural(selection) || [...groups.values()].some(({length}) => length > 1);
    const form = {suffix: found.media.extension, ...(several && {many: several})};
    return {constant: joined.length === 0, form, at};
  }

  #reportSyntax(at: number, expected: string): void {
    const span = this.#span({start: at, end: at === 0 ? this.#written.length : at + 1});
    const message = `Expected ${expected}: a reference is \`stage.output\`, \`stage.output[*]\` or \`stage.output[axis=value]\`.`;
    this.#around.log.error('bad-reference', span, message);
  }

  #reportLeftOut(
    stage: string,
    output: Word,
    {onlyWith, point}: {readonly onlyWith: string; readonly point: Point},
  ): undefined {
    const message = `\`${instanceId(stage, point)}\` has the output \`${output.text}\` only with the parameter \`${onlyWith}\`.`;
    this.#around.log.error('unknown-output', this.#span(output), message);
  }

  #reportUnknownStage(word: Word): void {
    const {nodes, log} = this.#around;
    const near = closestTo(word.text, nodes.keys());
    const notes =
      near === undefined
        ? []
        : [{message: `\`${near}\` is declared`, span: nodes.get(near)!.source.nameSpan}];
    const message = `No stage is called \`${word.text}\`.`;
    log.error('unknown-stage', this.#span(word), message, {notes, suggestion: quoted(near)});
  }

  #reportUnjoined(
    reference: string,
    selection: Selection,
    unjoined: readonly string[],
    span: Span,
  ): void {
    const message = `\`${reference}\` exists once for every ${showNames(unjoined)}; say which, or take all of them.`;
    const open = unjoined.map((axis) => `${axis}=*`).join(',');
    const selects = selection.kind === 'axes' && selection.choices.length > 0;
    const suggestion = selects ? undefined : JSON.stringify(`${reference}[${open}]`);
    this.#around.log.error('unjoined-axis', span, message, {suggestion});
  }

  #reportNoInstance(stage: string, joined: readonly string[], point: Point, span: Span): void {
    const where = joined.map((axis) => `${axis}=${axisText(point[axis]!)}`).join(',');
    const what = where === '' ? 'with the selected values' : `at ${where}`;
    const needing = instanceId(this.#user.name, point);
    const message = `Stage \`${stage}\` has no instance ${what}, which \`${needing}\` needs.`;
    this.#around.log.error('unknown-value', span, message);
  }

  /** The place of a part of the reference; of the whole reference if it contains `${…}`. */
  #span({start, end}: Pick<Word, 'start' | 'end'>): Span {
    return this.#written === this.#site.value
      ? spansWithin(this.#site)(start, end)
      : this.#site.span;
  }
}

/** The axes that a selection leaves free: they are joined by value. */
function openAxes(selection: Selection, axes: readonly string[]): readonly string[] {
  if (selection.kind === 'all') return [];
  return axes.filter((axis) => !selection.choices.some((choice) => choice.axis.text === axis));
}

/** Whether the syntax of a selection allows several values. */
function isPlural(selection: Selection): boolean {
  if (selection.kind === 'all') return true;
  return selection.choices.some(({values}) => values === 'any' || values.length > 1);
}

function joinKey(point: Point, axes: readonly string[]): string {
  return axes.map((axis) => axisText(point[axis]!)).join(',');
}

function suggested(stage: string, output: string | undefined): string | undefined {
  return output === undefined ? undefined : quoted(`${stage}.${output}`);
}
