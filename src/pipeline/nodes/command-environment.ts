import {digestOf} from '../../base/digest.ts';
import type {Json} from '../../base/json.ts';
import {ownProperty} from '../../base/own-property.ts';
import {attemptVariable, type VariableIdentity} from '../../contract/command.ts';
import {showValue} from '../../diagnostics/show-value.ts';
import {jsonOf, type Located} from '../../document/located.ts';
import type {HostEnvironment} from './host-environment.ts';
import type {InstanceEnvironment} from '../graph/instance.ts';
import type {Matrix, Point} from '../template/point.ts';
import type {StageSource} from '../source/pipeline-source.ts';
import type {Surroundings} from '../surroundings.ts';
import {eachPoint, originOf, stageTemplate} from '../template/stage-template.ts';

const nothing: InstanceEnvironment = {identity: {}, values: {}};

/** The variables of a stage's `environment`, at each point; `undefined` if there are mistakes, which were reported. */
export function environmentOf(
  stage: StageSource,
  matrix: Matrix,
  around: Surroundings,
): readonly InstanceEnvironment[] | undefined {
  const written = stage.run!.environment;
  if (written === undefined) return matrix.points?.map(() => nothing);
  if (written.kind === 'unknown') return undefined;
  if (written.kind !== 'list') {
    const message = `\`environment\` must be a list like [NAME, NAME=value], got ${showValue(jsonOf(written))}.`;
    around.log.error('bad-value', written.span, message);
    return undefined;
  }
  const template = stageTemplate(written, matrix, around);
  return eachPoint(template, matrix, (value, point) => {
    const variables = new Map<string, Variable>();
    let sound = true;
    for (const [index, text] of (value as readonly Json[]).entries()) {
      const item = written.items[index]!;
      if (item.kind === 'unknown' || template.unknown.has(item)) continue;
      const fault = declare(text, variables, around.environment);
      if (fault === undefined) continue;
      sound = false;
      report(fault, {item, stage, point, around});
    }
    return sound ? collect(variables) : undefined;
  });
}

/** The variables that decide which GPUs a program sees, and how they are numbered. Only the executor sets them. */
const deviceNames: readonly string[] = ['CUDA_VISIBLE_DEVICES', 'CUDA_DEVICE_ORDER'];

interface Variable {
  readonly identity: VariableIdentity;
  readonly value: string | undefined;
}

/** Adds a variable, or gives the mistake in it. */
function declare(
  written: Json,
  variables: Map<string, Variable>,
  host: HostEnvironment,
): string | undefined {
  const match = typeof written === 'string' ? /^([A-Za-z_]\w*)(?:=(.*))?$/s.exec(written) : null;
  if (match === null) return `A variable is NAME or NAME=value, got ${showValue(written)}.`;
  const [, name, given] = match as unknown as [string, string, string | undefined];
  if (given?.includes('\0')) return 'No variable can hold the character 0.';
  if (variables.has(name)) return `\`${name}\` is declared twice.`;
  if (deviceNames.includes(name)) return `\`${name}\` is set by \`resources\`.`;
  if (name === attemptVariable)
    return `\`${name}\` is set by the run, to find the processes of a stage.`;
  if (given !== undefined) {
    variables.set(name, {identity: {value: given}, value: given});
  } else {
    const value = ownProperty(host, name);
    const identity = value === undefined ? 'not set' : {sha256: digestOf(value)};
    variables.set(name, {identity, value});
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
