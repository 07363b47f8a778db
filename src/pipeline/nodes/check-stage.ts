import type {Contract} from '../../contract/contract.ts';
import type {Fault} from '../../contract/facts.ts';
import type {StageType} from '../../contract/registry.ts';
import type {Note} from '../../diagnostics/diagnostic.ts';
import {quoted} from '../../diagnostics/show-value.ts';
import type {Span} from '../../diagnostics/span.ts';
import {locate, type Located} from '../../document/located.ts';
import type {KnownInstance, KnownResults} from '../graph/known-results.ts';
import type {Surroundings} from '../surroundings.ts';
import {originOf} from '../template/stage-template.ts';
import type {PortInputs} from './connect-stage.ts';
import type {TypedNode} from './stage-node.ts';

/** Where the checks of stages are made. */
export interface CheckSurroundings extends Surroundings {
  /** Of all stages before this one, those of pipelines that are used as stages included. */
  readonly known: KnownResults;
}

/**
 * Asks the contract of a stage at each of its points what cannot work, and notes what is known of the results. A fault is
 * reported once for each place. Nothing is asked of a stage that has other mistakes.
 */
export function checkStage(
  node: TypedNode,
  inputs: readonly PortInputs[] | undefined,
  around: CheckSurroundings,
): void {
  const {type, ids, params, resources} = node;
  if (type === undefined || params === undefined || inputs === undefined) return;
  if (type.contract.facts === undefined && type.contract.check === undefined) return;
  for (let index = 0; index < ids.length; index++) {
    const instance = {
      id: ids[index]!,
      type,
      params: params[index]!,
      inputs: inputs[index]!,
      ...(resources !== undefined && {resources: resources[index]!}),
    };
    try {
      const faults = faultsOf(type.contract, around.known.add(instance));
      if (faults.length > 0) reportFaults(faults, {node, index, around});
    } catch (error) {
      if (type.plugin === undefined) throw error;
      reportBroken(type, error, {node, index, around});
      return;
    }
  }
}

interface Place {
  readonly node: TypedNode;
  readonly index: number;
  readonly around: CheckSurroundings;
}

const none: readonly Fault[] = [];

function faultsOf(contract: Contract, given: KnownInstance): readonly Fault[] {
  if (contract.check === undefined) return none;
  const faults: unknown = contract.check(given);
  if (Array.isArray(faults) && faults.every(isFault)) return faults;
  throw new TypeError(
    '`check` gives no list of faults, each with `message` and `param` or `input`',
  );
}

function isFault(value: unknown): value is Fault {
  const {message, param, input, suggestion, severity} = (value ?? {}) as Record<string, unknown>;
  const isText = (text: unknown): boolean => typeof text === 'string';
  return (
    isText(message) &&
    isText(param) !== isText(input) &&
    (suggestion === undefined || isText(suggestion)) &&
    (severity === undefined || severity === 'warning')
  );
}

function reportFaults(faults: readonly Fault[], place: Place): void {
  const {node, around} = place;
  const {source} = node;
  const seen = new Map<Span, number>();
  for (const fault of faults) {
    const written = placeOf(fault, node);
    const span = written?.span ?? source.uses!.span;
    // What is wrong at other points of the matrix as well is the same mistake; a second one at the same point is not.
    const rank = (seen.get(span) ?? 0) + 1;
    seen.set(span, rank);
    const given =
      written === undefined ? [] : originOf(written, source.name, undefined, around.scope);
    around.log[fault.severity ?? 'error']('misfit', span, fault.message, {
      notes: [...given, ...whereOf(place)],
      suggestion: quoted(fault.suggestion),
      about: `${rank}`,
    });
  }
}

/** In which instance it is so; of a stage with one instance there is nothing to tell. */
function whereOf({node, index, around}: Place): readonly Note[] {
  const isOne = around.within.length === 0 && node.source.name === node.ids[index];
  return isOne ? [] : [{message: `this is so in ${node.ids[index]!}`}];
}

/** The value that a fault is about; `undefined`: it was left out. */
function placeOf(fault: Fault, {source}: TypedNode): Located | undefined {
  if ('input' in fault) {
    const {inputs} = source;
    return inputs.kind === 'map' ? inputs.entries.get(fault.input)?.value : undefined;
  }
  const {value} = locate(source.with, fault.param.split('.'));
  return value === source.with ? undefined : value;
}

function reportBroken({contract, plugin}: StageType, error: unknown, place: Place): void {
  const {node, around} = place;
  const cause = error instanceof Error ? error.message || error.name : String(error);
  const message = `The check of \`${contract.type}\` in ${plugin!.identity.name} failed: ${cause.split('\n', 1)[0]!.replace(/[.!]$/, '')}.`;
  around.log.error('bad-check', node.source.uses!.span, message, {notes: whereOf(place)});
}
