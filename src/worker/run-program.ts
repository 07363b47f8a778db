import {mkdir} from 'node:fs/promises';
import path from 'node:path';
import {isErrno, isSystemError} from '../base/errno.ts';
import {
  attemptVariable,
  type Argument,
  type ArgumentPart,
  type Command,
} from '../contract/command.ts';
import type {Contract} from '../contract/contract.ts';
import {StageError, type StageRun} from '../contract/stage.ts';
import type {Store} from '../store/layout.ts';
import {processIdentity} from '../store/claims/process-identity.ts';
import {noteProgram, type Work} from '../store/claims/work.ts';
import {findProgram} from './find-program.ts';
import {makeExecutable, placeInputs} from './program-inputs.ts';
import {programOutput, takeOutput} from './program-outputs.ts';
import type {Job} from './protocol.ts';
import {superviseProgram} from './supervise-program.ts';
import {deviceVariables} from './device-variables.ts';
import {hostVariables} from './host-variables.ts';
import type {WorkerWorld} from './worker-world.ts';

/** Time that a program has to end after it was asked to. */
const graceMs = 10_000;

/**
 * The code of stages with `run`: runs the program in a folder of its own, with its inputs in `inputs` and a place for
 * its outputs in `outputs`. All paths it is given are relative to that folder, so that they are the same in every
 * attempt. A program that starts in a folder of the user's is given whole paths instead.
 */
export function runProgram(
  job: Job,
  store: Store,
  work: Work,
  world: WorkerWorld,
): StageRun<Contract> {
  return async (context) => {
    const command = job.fingerprint.params as Command;
    const own = work.tmp;
    const {folder = own} = job;
    const pathOf = (name: string): string => (folder === own ? name : path.join(own, name));
    const {environment: host} = world;
    const inputs = await placeInputs({
      store,
      folder: own,
      digests: job.fingerprint.inputs,
      forms: command.inputs,
    });
    await mkdir(path.join(own, 'outputs'));
    const [program, ...args] = argumentTexts(job, inputs.paths, pathOf) as [string, ...string[]];
    const file = await findProgram(program, {searched: host['PATH'], folder: job.folder});
    if (typeof command.arguments[0] === 'object') await makeExecutable(path.resolve(own, file));
    context.provenance({program: file.startsWith(`${own}/`) ? path.relative(own, file) : file});
    try {
      await superviseProgram({
        program,
        file,
        args,
        folder,
        environment: {
          ...pick(host, [...hostVariables, ...deviceVariables]),
          ...job.variables,
          [attemptVariable]: job.attempt,
        },
        stopping: world.stopping,
        graceMs,
        onGroup: async (leader) => {
          world.send({kind: 'program', ...(leader === undefined ? {} : {leader})});
          if (leader !== undefined) await noteProgram(store, job.attempt, processIdentity(leader));
        },
      });
    } catch (error) {
      throw startFailure(error, program, args) ?? error;
    }
    await inputs.verify();
    for (const [name, {media}] of Object.entries(job.outputs)) {
      await takeOutput(name, path.join(own, programOutput(name, media)), context.output(name));
    }
  };
}

/**
 * The arguments as texts for the program.
 * @param pathOf the path by which the program finds a file of its own folder
 */
function argumentTexts(
  {fingerprint, outputs}: Job,
  inputs: Readonly<Record<string, readonly string[]>>,
  pathOf: (name: string) => string,
): readonly string[] {
  const command = fingerprint.params as Command;
  const textsOf = (part: ArgumentPart): readonly string[] => {
    if (typeof part === 'string') return [part];
    if ('input' in part) return inputs[part.input]!.map(pathOf);
    return [pathOf(programOutput(part.output, outputs[part.output]!.media))];
  };
  return command.arguments.flatMap((argument: Argument) => {
    if (!isParts(argument)) return textsOf(argument);
    return argument.flatMap(textsOf).join('');
  });
}

function isParts(argument: Argument): argument is readonly ArgumentPart[] {
  return Array.isArray(argument);
}

function pick(
  host: WorkerWorld['environment'],
  names: readonly string[],
): Readonly<Record<string, string>> {
  const found = names.flatMap((name) => {
    const value = host[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(found);
}

/** The reason why a program could not be started, for its user. */
function startFailure(
  error: unknown,
  program: string,
  args: readonly string[],
): StageError | undefined {
  if (!isSystemError(error) || !error.syscall?.startsWith('spawn')) return undefined;
  if (isErrno(error, 'E2BIG')) {
    const bytes = args.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0);
    const message = `The arguments of ${program} are longer than the system takes: ${bytes} bytes. A program can also list the folder \`inputs\`.`;
    return new StageError(message);
  }
  if (isErrno(error, 'ENOENT')) {
    const message = `There is no program ${program}, or the interpreter in its first line does not exist.`;
    return new StageError(message);
  }
  if (isErrno(error, 'EACCES'))
    return new StageError(`${program} is not a program that may be run.`);
  return new StageError(`${program} cannot be started (${error.code}).`);
}
