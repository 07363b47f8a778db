import type {Json, JsonObject} from '../base/json.ts';
import type {PathLook} from '../base/look-at-path.ts';
import {defineContract, type Contract, type InputPort, type OutputPort} from './contract.ts';

/** Part of an argument: text, or the path of an input or output. */
export type ArgumentPart = string | {readonly input: string} | {readonly output: string};

/** An argument of a program: a part, or several that are joined. */
export type Argument = ArgumentPart | readonly ArgumentPart[];

/** The names of an input's files. */
export type InputForm = {
  /** Without its dot; may be empty. */
  readonly suffix: string;
  /**
   * Set if there may be several files: they are in a folder, numbered. Otherwise there is one, named like the input.
   */
  readonly many?: true;
};

/**
 * The part of a program in the key: everything that it can observe except the bytes of its inputs and its environment.
 */
export type Command = {
  /** The first is the program. */
  readonly arguments: readonly Argument[];
  readonly inputs: Readonly<Record<string, InputForm>>;
  /** The media of each. */
  readonly outputs: Readonly<Record<string, string>>;
  /** The folder of the user's that it starts in, from the pipeline file that names it. Absent: an empty one. */
  readonly folder?: string;
};

/** Whether a value has the form of a command, as far as code relies on it: a fingerprint in a store may hold anything. */
export function isCommand(value: JsonObject): value is Command {
  const {arguments: words, inputs, outputs} = value;
  const isList = Array.isArray(words) && words.length > 0 && words.every(isArgument);
  return isList && isMapping(inputs) && isMapping(outputs);
}

function isArgument(value: Json): boolean {
  return Array.isArray(value) ? value.every(isPart) : isPart(value);
}

function isPart(value: Json): boolean {
  if (typeof value === 'string') return true;
  return isMapping(value) && typeof (value['input'] ?? value['output']) === 'string';
}

function isMapping(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A variable in a key: its value if the pipeline gives it, otherwise the digest of its value. */
export type VariableIdentity = {readonly value: string} | {readonly sha256: string} | 'not set';

/** What surrounds a stage, in a key: its variables by their names, and the user's files and folders by their paths. */
export type Surrounding = VariableIdentity | PathLook;

/** Whether something in a key is a file or folder of the user's. */
export function isPathLook(surrounding: Surrounding | undefined): surrounding is PathLook {
  return typeof surrounding === 'object' && 'look' in surrounding;
}

/** The contract of a stage with `run`. Its version is that of the way in which programs are run. */
export function runContract(
  inputs: Readonly<Record<string, InputPort>>,
  outputs: Readonly<Record<string, OutputPort>>,
): Contract {
  return {type: 'run', version: 1, summary: 'runs a program', params: {}, inputs, outputs};
}

/** The contract of a user file as an instance: it publishes the bytes of a digest. */
export const fileContract = defineContract({
  type: 'file',
  version: 1,
  summary: 'imports a user file',
  params: {sha256: {type: 'string', description: 'the digest of its bytes'}},
  inputs: {},
  outputs: {file: {media: 'file', summary: 'the file'}},
});

/**
 * The variable that names the attempt to all its processes, since they inherit it. Programs see it, but it is not part
 * of any key.
 */
export const attemptVariable = 'PIPELINE_ATTEMPT';
