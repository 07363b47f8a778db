import {closestTo} from '../../base/edit-distance.ts';
import type {InputForm} from '../../contract/command.ts';
import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import {quoted, showNames, showValue} from '../../diagnostics/show-value.ts';
import type {Span} from '../../diagnostics/span.ts';
import {jsonOf, type Located, type LocatedText} from '../../document/located.ts';
import type {OutputRef} from '../graph/instance.ts';
import type {Point} from '../template/point.ts';
import {isLocalFile, suffixOf} from './local-files.ts';
import {expectText} from '../source/pipeline-source.ts';
import {resolveReference, type Lookup} from './resolve-reference.ts';
import type {Port, StageNode} from './stage-node.ts';
import type {Surroundings} from '../surroundings.ts';
import {writtenAt} from '../template/stage-template.ts';
import {compileTemplate} from '../template/template.ts';

/** The inputs of a stage's instances. */
export interface Connections {
  /** The stages that it refers to, with the place of the first reference. */
  readonly needs: ReadonlyMap<string, Span>;
  /** By the index of the point and by port; `undefined` if a mistake was reported. */
  readonly inputs: readonly PortInputs[] | undefined;
  /** By port, for ports with inputs. */
  readonly forms: ReadonlyMap<string, InputForm>;
}

export type PortInputs = Readonly<Record<string, readonly OutputRef[]>>;

/** Connects the inputs of a stage to the outputs of others, in time linear in points and references. */
export function connectStage(
  node: StageNode,
  nodes: ReadonlyMap<string, StageNode>,
  around: Surroundings,
): Connections {
  return new Connector(node, nodes, around).connections();
}

/** A port, with the place of its input and the references. */
interface Connection {
  readonly name: string;
  readonly port: Port;
  readonly value: Located;
  readonly lookups: readonly Lookup[];
}

class Connector {
  readonly #node: StageNode;
  readonly #nodes: ReadonlyMap<string, StageNode>;
  readonly #around: Surroundings;
  readonly #log: DiagnosticLog;
  readonly #needs = new Map<string, Span>();
  readonly #forms = new Map<string, InputForm>();
  #sound = true;

  constructor(node: StageNode, nodes: ReadonlyMap<string, StageNode>, around: Surroundings) {
    this.#node = node;
    this.#nodes = nodes;
    this.#around = around;
    this.#log = around.log;
  }

  connections(): Connections {
    const {source, inputs: ports} = this.#node;
    if (source.inputs.kind === 'unknown')
      return {needs: this.#needs, inputs: undefined, forms: this.#forms};
    const connected: Connection[] = [];
    const misspelt = new Set<string | undefined>();
    for (const [name, {keySpan, value}] of source.inputs.entries) {
      const port = ports && Object.hasOwn(ports, name) ? ports[name] : undefined;
      if (ports !== undefined && port === undefined) {
        misspelt.add(this.#reportUnknownInput(name, Object.keys(ports), keySpan));
        continue;
      }
      const lookups = this.#lookups(name, value, port);
      if (port !== undefined) connected.push({name, port, value, lookups});
    }
    for (const [name, port] of Object.entries(ports ?? {})) {
      if (!source.inputs.entries.has(name) && !misspelt.has(name)) this.#leftOut(name, port);
    }
    return {needs: this.#needs, inputs: this.#inputs(connected), forms: this.#forms};
  }

  #inputs(connected: readonly Connection[]): readonly PortInputs[] | undefined {
    const {matrix, inputs: ports} = this.#node;
    if (ports === undefined || matrix.points === undefined || !this.#sound) return undefined;
    const inputsAt = (point: Point): PortInputs => ({
      ...Object.fromEntries(Object.keys(ports).map((name) => [name, []])),
      ...Object.fromEntries(connected.map((port) => [port.name, this.#artifacts(port, point)])),
    });
    const constant = connected.every(({lookups}) => lookups.every((lookup) => lookup.constant));
    const inputs = constant
      ? Array<PortInputs>(matrix.points.length).fill(inputsAt(matrix.points[0]!))
      : matrix.points.map(inputsAt);
    return this.#sound ? inputs : undefined;
  }

  #artifacts({name, port, value, lookups}: Connection, point: Point): readonly OutputRef[] {
    const found = lookups.map((lookup) => lookup.at(point));
    if (found.includes(undefined)) this.#sound = false;
    const refs = found.length === 1 ? (found[0] ?? []) : found.flatMap((refs) => refs ?? []);
    if (this.#sound && port.many !== true && refs.length !== 1) {
      const message = `\`${name}\` takes exactly one artifact, but is given ${refs.length}.`;
      this.#fault(() => this.#log.error('wrong-count', value.span, message));
    }
    return refs;
  }

  #lookups(name: string, value: Located, port: Port | undefined): readonly Lookup[] {
    const several = value.kind === 'list' && (port === undefined || port.many === true);
    const sites = several ? value.items : [value];
    if (sites.length === 0) {
      const message = `\`${name}\` must be connected to at least one output.`;
      this.#fault(() => this.#log.error('missing-input', value.span, message));
    }
    return sites.flatMap((site) => {
      const lookup = this.#siteLookup(name, site, port);
      if (lookup === undefined) this.#sound = false;
      else if (port !== undefined && port.media === undefined) {
        this.#addForm(name, {...lookup.form, ...(several && {many: several})}, site);
      }
      return lookup ?? [];
    });
  }

  /** Checks that all files of an input have the same suffix, so that it is known from the pipeline. */
  #addForm(name: string, form: InputForm, site: Located): void {
    const known = this.#forms.get(name);
    if (known !== undefined && known.suffix !== form.suffix) {
      const message = `The files of \`${name}\` must be of one kind; this one is ${suffixText(form)}, those before are ${suffixText(known)}.`;
      this.#fault(() => this.#log.error('media-mismatch', site.span, message));
    }
    const many = form.many ?? known?.many;
    this.#forms.set(name, {suffix: form.suffix, ...(many && {many})});
  }

  #siteLookup(name: string, site: Located, port: Port | undefined): Lookup | undefined {
    if (site.kind === 'map' || site.kind === 'list') {
      const message = `\`${name}\` must be a reference like \`stage.output\`${port?.many ? ' or a list of them' : ''}, got ${showValue(jsonOf(site))}.`;
      this.#log.error('bad-value', site.span, message);
      return undefined;
    }
    const text = expectText(site, `\`${name}\``, this.#log);
    if (text === undefined) return undefined;
    const {matrix} = this.#node;
    const template = compileTemplate(text, {...this.#around.scope, axes: matrix.axes}, this.#log);
    if (template.unknown.size > 0) return undefined;
    const written = (point: Point): string => {
      const value = template.at(point);
      return typeof value === 'string' ? value : JSON.stringify(value);
    };
    const resolve = (reference: string): Lookup | undefined =>
      this.#resolve(reference, text, name, port);
    if (!template.varies) return resolve(written({}));
    if (matrix.points === undefined) return undefined;

    const references = new Set(matrix.points.map(written));
    const lookups = new Map(Array.from(references, (reference) => [reference, resolve(reference)]));
    const found = [...lookups.values()];
    if (found.includes(undefined)) return undefined;
    for (const {form} of found as readonly Lookup[]) {
      if (port !== undefined && port.media === undefined) this.#addForm(name, form, site);
    }
    return {
      constant: false,
      form: found[0]!.form,
      at: (point) => lookups.get(written(point))!.at(point),
    };
  }

  #resolve(
    written: string,
    site: LocatedText,
    port: string,
    takes: Port | undefined,
  ): Lookup | undefined {
    if (isLocalFile(written)) return this.#file(written, site, port, takes);
    const {source, matrix} = this.#node;
    const user = {name: source.name, axes: matrix.axes, port, takes};
    const resolved = resolveReference(written, site, user, {nodes: this.#nodes, log: this.#log});
    if (resolved.stage !== undefined && !this.#needs.has(resolved.stage)) {
      this.#needs.set(resolved.stage, resolved.span);
    }
    return resolved.lookup;
  }

  /** A user file fits if its suffix does; any file fits `file`. */
  #file(
    path: string,
    site: LocatedText,
    port: string,
    takes: Port | undefined,
  ): Lookup | undefined {
    const suffix = suffixOf(path);
    const wanted = takes?.media === 'file' ? undefined : takes?.media;
    const extension = wanted && this.#around.types.media.get(wanted)!.extension;
    if (extension !== undefined && suffix !== extension) {
      const message = `\`${port}\` takes ${wanted}, which is a file with .${extension}; got ${path}.`;
      this.#log.error('media-mismatch', site.span, message);
      return undefined;
    }
    const {files, scope} = this.#around;
    const refs = [files.refer(path, writtenAt(site, scope.params))];
    return {constant: true, form: {suffix}, at: () => refs};
  }

  /** Reports an unknown input, and returns the port that was probably meant. */
  #reportUnknownInput(name: string, ports: readonly string[], span: Span): string | undefined {
    const type = this.#node.source.uses?.value ?? this.#node.source.name;
    const message = `\`${type}\` has no input \`${name}\`; it takes ${showNames(ports)}.`;
    const near = closestTo(name, ports);
    this.#fault(() => this.#log.error('unknown-input', span, message, {suggestion: quoted(near)}));
    return near;
  }

  #leftOut(name: string, {optional, media, summary}: Port): void {
    if (optional === true) return;
    const {source} = this.#node;
    const makers = Array.from(this.#nodes.values()).flatMap((node) =>
      node === this.#node
        ? []
        : Array.from(node.outputs ?? [])
            .filter(([output, made]) => made?.media.name === media && !output.includes('.'))
            .map(([output]) => `${name}: ${node.source.name}.${output}`),
    );
    const [first = `${name}: stage.output`] = makers;
    const what = media === undefined ? summary : `${media} (${summary})`;
    const message = `Input \`${name}\` of stage \`${source.name}\` must be connected. It takes ${what}, as in \`inputs: {${first}}\`.`;
    const suggestion = makers.length === 1 ? quoted(first) : undefined;
    const span = source.uses?.span ?? source.nameSpan;
    this.#fault(() => this.#log.error('missing-input', span, message, {suggestion, about: name}));
  }

  #fault(report: () => void): void {
    report();
    this.#sound = false;
  }
}

function suffixText({suffix}: InputForm): string {
  return suffix === '' ? 'without a suffix' : `.${suffix}`;
}
