import {installationOf} from '../../../src/cli/installation.ts';
import {runCli} from '../../../src/cli/run-cli.ts';
import {worldOf, type World} from '../../../src/cli/world.ts';
import type {Screen} from '../../../src/report/live/reporter.ts';
import {sentText} from '../../../src/report/format/painted.ts';

export interface Performed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const main = new URL('../../../src/cli/main.js', import.meta.url).href;

/** Performs a command line in this process, in a folder, with the scripted stage types, which saves a start. */
export async function perform(folder: string, ...words: readonly string[]): Promise<Performed> {
  return await performIn({cwd: folder}, ...words);
}

/** As `perform`, in a world that differs in some parts. */
export async function performIn(
  parts: Partial<World> & Pick<World, 'cwd'>,
  ...words: readonly string[]
): Promise<Performed> {
  const sent = {stdout: '', stderr: ''};
  const screen = (name: keyof typeof sent): Screen => ({
    isTerminal: false,
    colours: false,
    size: () => ({columns: Number.POSITIVE_INFINITY, rows: Number.POSITIVE_INFINITY}),
    write: (...pieces) => void (sent[name] += sentText(pieces)),
    writeStored: (bytes) => void (sent[name] += Buffer.from(bytes).toString()),
  });
  const silent = {isTTY: false, on: () => undefined, write: () => true};
  const {env, argv, pid, version, platform} = process;
  const own = {env, argv, pid, version, platform, stdout: silent, stderr: silent, cwd: () => ''};
  const world = worldOf(own as unknown as NodeJS.Process, {
    ...installationOf(main),
    registryModule: new URL('../registries/scripted-registry.js', import.meta.url).href,
  });
  const code = await runCli(words, {
    ...world,
    stdout: screen('stdout'),
    stderr: screen('stderr'),
    commandLine: {program: 'pipeline', words},
    onInterrupt: () => () => undefined,
    ...parts,
  });
  return {code, ...sent};
}
