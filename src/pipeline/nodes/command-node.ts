import {closestTo} from '../../base/edit-distance.ts';
import {runContract, type Argument, type Command, type InputForm} from '../../contract/command.ts';
import type {Contract, InputPort, OutputPort} from '../../contract/contract.ts';
import type {Media, MediaDefinition} from '../../contract/media.ts';
import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import {quoted} from '../../diagnostics/show-value.ts';
import {argumentsOf, parseArguments, type ArgumentSource} from './command-arguments.ts';
import {environmentOf} from './command-environment.ts';
import {foldersOf} from './command-folder.ts';
import {policiesOf} from './failure-policy.ts';
import type {UserFolder} from './local-files.ts';
import type {
  FailurePolicy,
  Instance,
  InstanceEnvironment,
  InstanceId,
  Resources,
} from '../graph/instance.ts';
import {
  expectText,
  isName,
  reportName,
  type MapSource,
  type StageSource,
} from '../source/pipeline-source.ts';
import {
  instanceIds,
  refsOf,
  stageMatrix,
  type NodeOutput,
  type Port,
  type StageNode,
} from './stage-node.ts';
import type {Surroundings} from '../surroundings.ts';
import {resourcesOf} from './stage-resources.ts';

/** A stage that runs a program. */
export interface CommandNode extends StageNode {
  readonly kind: 'command';
  readonly ids: readonly InstanceId[];
  readonly outputs: ReadonlyMap<string, NodeOutput> | undefined;
  /** By the index of the point, like the other lists. */
  readonly arguments: readonly (readonly Argument[])[] | undefined;
  readonly environment: readonly InstanceEnvironment[] | undefined;
  readonly folders: readonly (UserFolder | 'empty')[] | undefined;
  readonly resources: readonly Resources[] | undefined;
  readonly policies: readonly FailurePolicy[] | undefined;
  readonly argumentSources: readonly ArgumentSource[];
}

/** Checks a stage with `run`. */
export function commandNode(source: StageSource, around: Surroundings): CommandNode {
  const {log} = around;
  const run = source.run!;
  const matrix = stageMatrix(source, around.instances, around);
  const ids = instanceIds(source, matrix, around);
  const inputs = inputPorts(source.inputs, log);
  const outputs = outputMedia(run.outputs, around.types.media, log);
  const names = {
    inputs: inputs && Object.keys(inputs),
    outputs: run.outputs.kind === 'map' ? [...run.outputs.entries.keys()] : undefined,
  };
  const argumentSources = parseArguments(run.arguments, names, log);
  return {
    kind: 'command',
    source,
    matrix,
    ids,
    inputs,
    outputs: outputs && new Map([...outputs].map(([name, media]) => [name, {media, many: false}])),
    arguments: argumentSources && argumentsOf(argumentSources, source, matrix, around),
    argumentSources: argumentSources ?? [],
    environment: environmentOf(source, matrix, around),
    folders: foldersOf(source, matrix, around),
    resources: resourcesOf(source, matrix, around),
    policies: policiesOf(source, matrix, around),
    refs: refsOf(ids),
  };
}

/** The input ports of a program, which accepts anything that is connected. */
function inputPorts(
  inputs: MapSource,
  log: DiagnosticLog,
): Readonly<Record<string, Port>> | undefined {
  if (inputs.kind === 'unknown') return undefined;
  for (const [name, {keySpan}] of inputs.entries) {
    if (!isName(name)) reportName('input', name, keySpan, log);
  }
  const names = [...inputs.entries.keys()];
  return Object.fromEntries(names.map((name) => [name, {summary: 'a file', many: true}]));
}

function outputMedia(
  outputs: MapSource,
  media: Media,
  log: DiagnosticLog,
): ReadonlyMap<string, MediaDefinition> | undefined {
  if (outputs.kind === 'unknown') return undefined;
  const found = new Map<string, MediaDefinition>();
  for (const [name, {keySpan, value}] of outputs.entries) {
    if (!isName(name)) reportName('output', name, keySpan, log);
    const text = expectText(value, `Output \`${name}\``, log)?.value;
    if (text === undefined) continue;
    const definition = media.get(text);
    if (definition !== undefined) {
      found.set(name, definition);
      continue;
    }
    const known = [...media.keys()];
    const message = `There is no kind of artifact ${JSON.stringify(text)}; there are ${known.map((name) => `\`${name}\``).join(', ')}.`;
    const suggestion = quoted(closestTo(text, known));
    log.error('unknown-media', value.span, message, {suggestion});
  }
  return found.size === outputs.entries.size ? found : undefined;
}

/** Reports inputs of several files inside of a text, where only one path can be inserted. */
export function checkArguments(
  {argumentSources}: CommandNode,
  forms: ReadonlyMap<string, InputForm>,
  log: DiagnosticLog,
): void {
  for (const [index, source] of argumentSources.entries()) {
    if (source.length === 1 && index > 0) continue;
    for (const part of source) {
      if (part.kind !== 'port' || typeof part.part !== 'object' || !('input' in part.part))
        continue;
      const {input} = part.part;
      if (forms.get(input)?.many !== true) continue;
      const place = index === 0 ? 'the program is one' : 'within other text there can be only one';
      const message = `\`${input}\` may be several files, but ${place}; as an argument of its own it becomes one argument for each.`;
      log.error('wrong-count', part.span, message);
    }
  }
}

type CommandPart = Required<
  Pick<Instance, 'type' | 'params' | 'environment' | 'programAt' | 'writtenAs'>
> &
  Pick<Instance, 'folder'>;

/** The contract and parameters of a stage with `run`, by the index of the point. */
export function commandAt(
  node: CommandNode,
  forms: ReadonlyMap<string, InputForm>,
): (index: number) => CommandPart {
  const type = {contract: contractOf(node, forms)};
  const outputs = Object.fromEntries(
    Array.from(node.outputs!, ([name, {media}]) => [name, media.name]),
  );
  const inputs = Object.fromEntries(forms);
  const {arguments: written} = node.source.run!;
  const programAt = written.kind === 'list' ? written.items[0]!.span : written.span;
  const writtenAs = namesOf(node.argumentSources);
  // Points with the same arguments and folder share one object, since there may be many points.
  let last: {readonly words: readonly Argument[]; readonly params: Command} | undefined;
  return (index) => {
    const words = node.arguments![index]!;
    const given = node.folders![index]!;
    const folder = given === 'empty' ? {} : {folder: given.path};
    const identity = given === 'empty' ? {} : {folder: given.identity};
    if (last?.words !== words || last.params.folder !== identity.folder) {
      last = {words, params: {arguments: words, inputs, outputs, ...identity}};
    }
    return {
      type,
      params: last.params,
      environment: node.environment![index]!,
      programAt,
      writtenAs,
      ...folder,
    };
  };
}

function namesOf(arguments_: readonly ArgumentSource[]): Readonly<Record<string, string>> {
  const entries = arguments_.flatMap((parts, index) => {
    const [only] = parts.length === 1 ? parts : [];
    const text = only?.kind === 'text' ? only.text.value : '';
    const name = /^\$\{((?:params|matrix)\.[\w.-]+)\}$/.exec(text.trim())?.[1];
    return name === undefined ? [] : [[`/arguments/${index}`, name] as const];
  });
  return Object.fromEntries(entries);
}

function contractOf({outputs}: CommandNode, forms: ReadonlyMap<string, InputForm>): Contract {
  const inputs = Array.from(forms, ([name, {many}]): [string, InputPort] => [
    name,
    {media: 'file', summary: 'what the program reads', ...(many && {many})},
  ]);
  const ports = Array.from(outputs!, ([name, {media}]): [string, OutputPort] => [
    name,
    {media: media.name, summary: 'what the program writes'},
  ]);
  return runContract(Object.fromEntries(inputs), Object.fromEntries(ports));
}
