import type {Json} from '../../base/json.ts';
import {fileContract} from '../../contract/command.ts';
import {stageOf} from '../../pipeline/graph/stage-of.ts';
import type {Digest} from '../../base/digest.ts';
import type {CrateSource, InstanceResult} from './crate-source.ts';
import {localId, type Entities, type Reference} from './entity.ts';

/** The parts of the `@id` of the software that made a result: a stage type in a version, or a program of the user's. */
function partsOf({instance, record, fingerprint}: InstanceResult): readonly string[] {
  const {type} = record;
  if (fingerprint === undefined) return ['stage-type', type];
  if (type === 'run') {
    const words = fingerprint.params['arguments'];
    const program: unknown = Array.isArray(words) ? words[0] : undefined;
    return ['program', typeof program === 'string' ? program : stageOf(instance)];
  }
  const {version, code} = fingerprint;
  return ['stage-type', type, String(version), ...(code === undefined ? [] : [code.sha256])];
}

/** Whether a result is a file of the user's, which no software made. */
export function isUserFile({record}: InstanceResult): boolean {
  return record.type === fileContract.type;
}

/** The digests of all outputs of a result. */
export function outputsOf({outputs}: InstanceResult['record']): readonly Digest[] {
  return Object.values(outputs).flatMap(({artifacts}) => artifacts.map(({digest}) => digest));
}

/** The name of the plugin whose code made a result, if one did, with its version. */
export function pluginOf(fingerprint: InstanceResult['fingerprint']): string | undefined {
  const code = fingerprint?.code;
  return code && [code.name, code.version].filter(Boolean).join(' ');
}

export function toolOf(result: InstanceResult): Reference {
  return {'@id': localId(...partsOf(result))};
}

/** The parameter of the software that a value of a result was given to. */
export function paramOf(result: InstanceResult, name: string): Reference {
  return {'@id': localId(...partsOf(result), 'with', name)};
}

/**
 * Adds the software of results, with its parameters, inputs and outputs, and gives what each artifact was to it: an
 * input, an output, or both.
 */
export function addTools(
  {results, summaries}: Pick<CrateSource, 'results' | 'summaries'>,
  entities: Entities,
): ReadonlyMap<Digest, readonly Reference[]> {
  const roles = new Map<Digest, Reference[]>();
  for (const group of groupsOf(results)) addTool(group, {roles, entities}, summaries);
  return roles;
}

function groupsOf(results: readonly InstanceResult[]): Iterable<readonly InstanceResult[]> {
  const groups = new Map<string, InstanceResult[]>();
  for (const result of results) {
    if (isUserFile(result)) continue;
    const {'@id': id} = toolOf(result);
    groups.set(id, [...(groups.get(id) ?? []), result]);
  }
  return groups.values();
}

interface Into {
  readonly roles: Map<Digest, Reference[]>;
  readonly entities: Entities;
}

/** @param group the results that one software made */
function addTool(
  group: readonly InstanceResult[],
  into: Into,
  summaries: CrateSource['summaries'],
): void {
  const parts = partsOf(group[0]!);
  const {record, fingerprint} = group[0]!;
  const isProgram = parts[0] === 'program';
  const input = [...addParams(group, into.entities), ...addInputs(group, parts, into)];
  const output = addOutputs(group, parts, into);
  const code = fingerprint?.code;
  into.entities.add({
    '@id': localId(...parts),
    '@type': 'SoftwareApplication',
    name: isProgram ? parts[1]! : record.type,
    description: isProgram
      ? 'A program that the pipeline runs.'
      : code === undefined
        ? (summaries.get(record.type) ?? 'A stage type.')
        : `A stage type of the plugin ${pluginOf(fingerprint)!}.`,
    version: isProgram || fingerprint === undefined ? undefined : String(fingerprint.version),
    sha256: code?.sha256,
    input,
    output,
  });
}

function addParams(group: readonly InstanceResult[], entities: Entities): readonly Reference[] {
  const types = new Map<string, {readonly of: InstanceResult; readonly names: Set<string>}>();
  for (const result of group) {
    for (const [name, value] of Object.entries(result.fingerprint?.params ?? {})) {
      const known = types.get(name) ?? {of: result, names: new Set()};
      types.set(name, known);
      known.names.add(dataTypeOf(value));
    }
  }
  return Array.from(types, ([name, {of, names}]) =>
    entities.add({
      ...paramOf(of, name),
      '@type': 'FormalParameter',
      name,
      additionalType: names.size === 1 ? [...names][0]! : [...names],
    }),
  );
}

function addInputs(
  group: readonly InstanceResult[],
  parts: readonly string[],
  into: Into,
): readonly Reference[] {
  const ports = new Map<string, Set<Digest>>();
  for (const {fingerprint} of group) {
    for (const [port, digests] of Object.entries(fingerprint?.inputs ?? {})) {
      const known = ports.get(port) ?? new Set();
      for (const digest of digests) known.add(digest);
      ports.set(port, known);
    }
  }
  return addPorts(ports, [...parts, 'inputs'], into);
}

function addOutputs(
  group: readonly InstanceResult[],
  parts: readonly string[],
  into: Into,
): readonly Reference[] {
  const ports = new Map<string, Set<Digest>>();
  for (const {record} of group) {
    for (const [output, {artifacts}] of Object.entries(record.outputs)) {
      const known = ports.get(output) ?? new Set();
      for (const {digest} of artifacts) known.add(digest);
      ports.set(output, known);
    }
  }
  return addPorts(ports, [...parts, 'outputs'], into);
}

function addPorts(
  ports: ReadonlyMap<string, ReadonlySet<Digest>>,
  parts: readonly string[],
  {roles, entities}: Into,
): readonly Reference[] {
  const used = Array.from(ports).filter(([, digests]) => digests.size > 0);
  return used.map(([name, digests]) => {
    const port = entities.add({
      '@id': localId(...parts, name),
      '@type': 'FormalParameter',
      name,
      additionalType: 'File',
    });
    for (const digest of digests) roles.set(digest, [...(roles.get(digest) ?? []), port]);
    return port;
  });
}

/** The data type of schema.org for a value. */
export function dataTypeOf(value: Json): string {
  if (typeof value === 'number') return Number.isInteger(value) ? 'Integer' : 'Float';
  if (typeof value === 'boolean') return 'Boolean';
  return typeof value === 'string' ? 'Text' : 'PropertyValue';
}

/** A value as that of a `PropertyValue`: JSON, unless it is a text, a number or a boolean. */
export function plainValue(value: Json): string | number | boolean {
  return typeof value === 'object' ? JSON.stringify(value) : value;
}
