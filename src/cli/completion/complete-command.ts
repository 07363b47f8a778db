import type {Command} from 'commander';
import {visibleLine} from '../../base/visible.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {loadRegistry} from '../load-registry.ts';
import type {Store} from '../../store/layout.ts';
import type {World} from '../world.ts';
import {whatIsAsked, type Asked} from './asked.ts';
import {candidatesFor, type Candidate, type Candidates, type Lookups} from './candidates.ts';
import {clusters, params, pipelineFiles, selectors} from './pipeline-lookups.ts';
import {bashReplacement, splitLine, type ShellLine} from './shell-line.ts';
import {columns, instances, metrics, results, runs, storeFor} from './store-lookups.ts';

/**
 * `pipeline complete SHELL LINE [BREAKS]`, which the scripts of `pipeline completion` call: prints what may stand at the
 * end of a command line, a line for each candidate with what it is after a tab, and `:files` or `:folders` where the
 * shell is to complete paths. Nobody asked for an error, so it prints none.
 * @param breaks bash's `COMP_WORDBREAKS`
 */
export async function completeCommand(
  program: Command,
  [shell, line, breaks = '']: readonly string[],
  world: World,
): Promise<ExitCode> {
  const typed = splitLine(line ?? '');
  const home = world.environment['HOME'] ?? '~';
  const words = typed.words.slice(1).map((word) => word.replace(/^~(?=\/)/, home));
  const asked = whatIsAsked(program, words, typed.word);
  const {candidates, paths} = await found(asked, program, world);
  const fitting = candidates
    .map(({value, ...rest}) => ({...rest, value: asked.before + value}))
    // A name with invisible characters would be completed to another one.
    .filter(({value}) => value.startsWith(typed.word) && visibleLine(value) === value);
  const lines = fitting.flatMap((candidate) => lineFor(candidate, {shell, typed, breaks}) ?? []);
  if (paths !== undefined) lines.push(`:${paths}`);
  world.stdout.write(lines.map((text) => `${text}\n`).join(''));
  return exitCodes.ok;
}

async function found(asked: Asked, program: Command, world: World): Promise<Candidates> {
  try {
    return await candidatesFor(asked, lookupsFor(asked, program, world));
  } catch {
    // A damaged store or pipeline is told by the command that is being typed.
    return {candidates: []};
  }
}

function lookupsFor(asked: Asked, program: Command, world: World): Lookups {
  let found: Promise<Store | undefined> | undefined;
  const store = async (): Promise<Store | undefined> =>
    await (found ??= storeFor(asked, program, world));
  return {
    pipelineFiles: () => pipelineFiles(asked.word, world),
    selectors: async () => await selectors(asked, world),
    params: async () => await params(asked, world),
    clusters: () => clusters(asked, world),
    runs: async () => runs(await store()),
    instances: async () => instances(asked, await store()),
    results: async () => results(asked, await store()),
    metrics: async () => metrics(await store(), world),
    columns: async () => columns(await store(), world),
    stageTypes: async () => {
      const registry = await loadRegistry(world);
      return Array.from(registry.values(), ({contract: {type, summary}}) => ({
        value: type,
        about: summary,
      }));
    },
  };
}

function lineFor(
  {value, about}: Candidate,
  place: {readonly shell: string | undefined; readonly typed: ShellLine; readonly breaks: string},
): string | undefined {
  if (place.shell === 'bash') return bashReplacement(value, place.typed, place.breaks);
  return value + (about === undefined ? '' : `\t${visibleLine(about)}`);
}
