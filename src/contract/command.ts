import {defineContract, type Contract, type InputPort, type OutputPort} from './contract.ts';

/** Part of an argument: text, or the path of an input or output. */
export type ArgumentPart = string | {readonly input: string} | {readonly output: string};

/** An argument of a program: a part, or several that are joined. */
export type Argument = ArgumentPart | readonly ArgumentPart[];

/** How the files of an input are called. */
export type InputForm = {
  /** Without its dot; empty: none. */
  readonly suffix: string;
  /** There may be several: they lie in a folder, numbered. Otherwise there is one, named like the input. */
  readonly many?: true;
};

/** What of a program counts in the key: all that it can tell apart but the bytes of its inputs and its environment. */
export type Command = {
  /** The program is the first. */
  readonly arguments: readonly Argument[];
  readonly inputs: Readonly<Record<string, InputForm>>;
  /** The media of each. */
  readonly outputs: Readonly<Record<string, string>>;
};

/** How a variable counts in a key: by its value where the pipeline gives it, otherwise by the digest of what it holds. */
export type VariableIdentity = {readonly value: string} | {readonly sha256: string} | 'not set';

/** What a stage with `run` declares. The version is that of how programs are run. */
export function runContract(
  inputs: Readonly<Record<string, InputPort>>,
  outputs: Readonly<Record<string, OutputPort>>,
): Contract {
  return {type: 'run', version: 1, summary: 'runs a program', params: {}, inputs, outputs};
}

/** A file of the user's as an instance: it publishes the bytes of that digest. */
export const fileContract = defineContract({
  type: 'file',
  version: 1,
  summary: "takes in a file of the user's",
  params: {sha256: {type: 'string', description: 'the digest of its bytes'}},
  inputs: {},
  outputs: {file: {media: 'file', summary: 'the file'}},
});

/**
 * The variable that names the attempt to all its processes, since whatever they start inherits it. A program sees it, and
 * no key knows it.
 */
export const attemptVariable = 'PIPELINE_ATTEMPT';
