import type {Json} from '../../base/json.ts';
import {ownProperty} from '../../base/own-property.ts';
import {attemptVariable, type VariableIdentity} from '../../contract/command.ts';
import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import {showValue} from '../../diagnostics/show-value.ts';
import {isText, jsonOf, spansWithin, type Located} from '../../document/located.ts';
import {hostIdentity, type HostEnvironment} from './host-environment.ts';
import type {InstanceEnvironment} from '../graph/instance.ts';
import type {Matrix, Point} from '../template/point.ts';
import type {StageSource} from '../source/pipeline-source.ts';
import type {Surroundings} from '../surroundings.ts';
import {eachPoint, originOf, stageTemplate} from '../template/stage-template.ts';
import {asWritten} from './command-arguments.ts';

const nothing: InstanceEnvironment = {identity: {}, values: {}};

/**
 * The variables of a stage's `environment` and `env`, at each point; `undefined` if there are mistakes, which were
 * reported.
 */
export function environmentOf(
  stage: StageSource,
  matrix: Matrix,
  around: Surroundings,
): readonly InstanceEnvironment[] | undefined {
  const written = [...listed(stage, around.log), ...mapped(stage, around.log)];
  if (written.length === 0) return matrix.points?.map(() => nothing);
  const {span} = stage.run!.arguments;
  const items = written.map(({value}) => value);
  const template = stageTemplate({kind: 'list', items, span}, matrix, around);
  return eachPoint(template, matrix, (value, point) => {
    const variables = new Map<string, Variable>();
    let sound = true;
    for (const [index, text] of (value as readonly Json[]).entries()) {
      const {value: item, name} = written[index]!;
      if (item.kind === 'unknown') sound = false;
      if (item.kind === 'unknown' || template.unknown.has(item)) continue;
      const declared = name === undefined ? listedVariable(text) : mappedVariable(name, text);
      const fault =
        typeof declared === 'string' ? declared : declare(declared, variables, around.environment);
      if (fault === undefined) continue;
      sound = false;
      report(fault, {item, stage, point, around});
    }
    return sound ? collect(variables) : undefined;
  });
}

/** A variable as written: in the list, or by its name in the mapping. */
interface Written {
  readonly value: Located;
  readonly name?: string;
}

function listed({run}: StageSource, log: DiagnosticLog): readonly Written[] {
  const {environment} = run!;
  if (environment === undefined) return [];
  if (environment.kind === 'list') return environment.items.map((value) => ({value}));
  if (environment.kind === 'unknown') return [{value: environment}];
  const message = `\`environment\` must be a list like [NAME, NAME=value], got ${showValue(jsonOf(environment))}. A mapping of names and values is \`env\`.`;
  log.error('bad-value', environment.span, message);
  return [{value: {kind: 'unknown', span: environment.span}}];
}

function mapped({run}: StageSource, log: DiagnosticLog): readonly Written[] {
  const {env} = run!;
  if (env.kind === 'unknown') return [{value: env}];
  return Array.from(env.entries, ([name, {value}]) => {
    if (value.kind !== 'scalar' || value.value === null) return {name, value};
    if (!isText(value)) {
      return {name, value: {...value, value: asWritten(value.value, value.span)}};
    }
    const path = /\$\{(?:inputs|outputs)\.[^{}]*\}/.exec(value.value);
    if (path === null) return {name, value};
    const span = spansWithin(value)(path.index, path.index + path[0].length);
    const message = `${path[0]} is replaced in \`run\` only: give the path to the program as an argument.`;
    log.error('bad-value', span, message);
    return {name, value: {kind: 'unknown', span}};
  });
}

/** A variable with its value, or one that is passed on. */
interface Declared {
  readonly name: string;
  readonly given: string | undefined;
}

function listedVariable(written: Json): Declared | string {
  const match = typeof written === 'string' ? /^([A-Za-z_]\w*)(?:=(.*))?$/s.exec(written) : null;
  if (match === null) return `A variable is NAME or NAME=value, got ${showValue(written)}.`;
  const [, name, given] = match as unknown as [string, string, string | undefined];
  return {name, given};
}

function mappedVariable(name: string, value: Json): Declared | string {
  if (!/^[A-Za-z_]\w*$/.test(name)) {
    return `The name of a variable has letters, digits and _, and begins with no digit; got ${JSON.stringify(name)}.`;
  }
  if (value === null || typeof value === 'object') {
    return `\`${name}\` must be text, a number, true or false, got ${showValue(value)}.`;
  }
  return {name, given: String(value)};
}

/** The variables that decide which GPUs a program sees, and how they are numbered. Only the executor sets them. */
const deviceNames: readonly string[] = ['CUDA_VISIBLE_DEVICES', 'CUDA_DEVICE_ORDER'];

interface Variable {
  readonly identity: VariableIdentity;
  readonly value: string | undefined;
}

/** Adds a variable, or gives the mistake in it. */
function declare(
  {name, given}: Declared,
  variables: Map<string, Variable>,
  host: HostEnvironment,
): string | undefined {
  if (given?.includes('\0')) return 'No variable can hold the character 0.';
  if (variables.has(name)) return `\`${name}\` is declared twice.`;
  if (deviceNames.includes(name)) return `\`${name}\` is set by \`resources\`.`;
  if (name === attemptVariable)
    return `\`${name}\` is set by the run, to find the processes of a stage.`;
  if (given !== undefined) {
    variables.set(name, {identity: {value: given}, value: given});
  } else {
    variables.set(name, {identity: hostIdentity(name, host), value: ownProperty(host, name)});
  }
  return undefined;
}

function collect(variables: ReadonlyMap<string, Variable>): InstanceEnvironment {
  const identities = Array.from(variables, ([name, {identity}]) => [name, identity] as const);
  const values = Array.from(variables).flatMap(([name, {value}]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return {identity: Object.fromEntries(identities), values: Object.fromEntries(values)};
}

function report(
  message: string,
  place: {
    readonly item: Located;
    readonly stage: StageSource;
    readonly point: Point | undefined;
    readonly around: Surroundings;
  },
): void {
  const {item, stage, point, around} = place;
  const notes = originOf(item, stage.name, point, around.scope);
  around.log.error('bad-value', item.span, message, {notes});
}
