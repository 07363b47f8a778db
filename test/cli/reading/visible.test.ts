/**
 * Whatever a pipeline and a store contain, a terminal receives only printable text, and a pipe receives the stored
 * bytes.
 */
import assert from 'node:assert/strict';
import {readdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {before, after, test} from 'node:test';
import type {Command} from 'commander';
import {visibleJson} from '../../../src/base/visible.ts';
import {installationOf} from '../../../src/cli/installation.ts';
import {commands, runCli} from '../../../src/cli/run-cli.ts';
import {worldOf, type ProcessWorld, type World} from '../../../src/cli/world.ts';
import {usualWaits} from '../../../src/schedule/delays.ts';
import {OnTerminal, skipWithoutTerminal} from '../../support/program/on-terminal.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';
import {Rig} from '../../support/program/rig.ts';
import {offers} from '../../../stages/offers.ts';

/** Sequences that set the title, clear the screen, overwrite or hide text, or reverse its direction. */
const hostile =
  'x\u001b]0;owned\u0007\u001b[2J\u001bPq\u001b\\\u009b8m\u0085a\rb\b\u007f\u001b[8mc\u202e\u2066\u2028\u200f\u061cd';
const quoted = visibleJson(hostile);

const pipeline = `
name: ${quoted}
params: {word: ${quoted}, steps: 2}
stages:
  word: {uses: say, with: {text: "\${params.word}"}, matrix: {of: [${quoted}, 2]}}
  steps: {uses: churn, with: {text: ${quoted}, steps: "\${params.steps}"}}
  joined: {uses: join, with: {between: ${quoted}}, inputs: {parts: "word.out[*]"}}
  told:
    run: [sh, -c, 'printf "%s\\n" "$1" | tee "$2" >&2', sh, ${quoted}, "\${outputs.text}"]
    environment: [${visibleJson(`WORD=${hostile}`)}]
    outputs: {text: markdown}
`;

const broken = `
name: ${quoted}
stages:
  failed: {run: [sh, -c, 'echo "$1"; echo "$1" >&2; exit 3', sh, ${quoted}], outputs: {text: text}}
  after: {run: [cat, "\${inputs.i}"], inputs: {i: failed.text}, outputs: {text: text}}
`;

const wrong = `stages: {${quoted}: {uses: say}, a: {uses: ${quoted}, with: {${quoted}: 1}}} # ${hostile}\n`;

/** The arguments with which each command is called here. FIRST stands for the first run, which computed everything. */
const drives: Readonly<Record<string, readonly (readonly string[])[]>> = {
  run: [
    ['p.yaml'],
    ['p.yaml', '--json'],
    ['broken.yaml', '--keep-going'],
    ['wrong.yaml'],
    ['p.yaml', hostile],
    ['p.yaml', '--set', `word=${hostile}!`, '--until', 'word'],
    ['p.yaml', '--on', hostile],
  ],
  validate: [['p.yaml'], ['wrong.yaml'], [hostile]],
  plan: [['p.yaml'], ['p.yaml', '--json'], ['p.yaml', '--set', `word=${hostile}`, '--all']],
  why: [
    ['p.yaml', '--set', `word=${hostile}2`],
    ['p.yaml', 'joined'],
    ['p.yaml', hostile],
  ],
  graph: ['text', 'mermaid', 'dot', 'svg'].map((format) => [
    'p.yaml',
    '--format',
    format,
    '--instances',
  ]),
  devices: [[], ['--json'], ['--devices', hostile]],
  doctor: [[], ['--on', hostile]],
  probe: [[hostile, '--store', 'artifacts', '--pool', hostile]],
  init: [[hostile]],
  stages: [[], ['--json'], ['say'], [hostile]],
  diff: [
    ['word[of=2].out', 'joined.out'],
    ['steps', 'joined'],
    ['told', hostile],
  ],
  logs: [['FIRST'], ['FIRST', '-f', 'told'], ['latest/word'], [`latest/${hostile}`], [hostile]],
  show: [
    ['joined'],
    ['joined', '--json'],
    ['joined.out', '--json'],
    ['told.text'],
    [`latest/${hostile}`],
    [hostile],
  ],
  status: [[], ['--json'], [hostile]],
  runs: [
    [],
    ['--json'],
    ['--filter', `word=${hostile}`],
    ['--metric', hostile],
    ['--sort', hostile],
    ['--filter', `${hostile}=1`],
    ['--filter', hostile],
  ],
  compare: [['FIRST', 'latest'], ['FIRST', 'latest', '--json'], [hostile]],
  report: [[], [hostile]],
  ui: [['--no-open'], [hostile]],
  evaluate: [
    [hostile, '--protocol', 'mtt'],
    ['joined.out', '--protocol', hostile, '--dataset', hostile],
  ],
  sweep: [
    ['p.yaml', '--over', `word=${hostile}`],
    ['p.yaml', '--over', `${hostile}=1`],
    [hostile, '--over', 'word=1'],
  ],
  stop: [['latest'], [hostile]],
  attach: [['latest'], [hostile]],
  cancel: [['latest'], [hostile]],
  work: [
    ['FIRST', '--pool', hostile],
    [hostile, '--pool', 'any'],
  ],
  rm: [['latest', '--dry-run'], [hostile]],
  gc: [['--dry-run', '--max-age', '0'], [hostile]],
  verify: [[], ['p.yaml', '--rebuild', 'joined']],
  pin: [['latest'], [hostile]],
  unpin: [['latest'], [hostile]],
  'export pt': [['joined.out'], [hostile]],
  'export pictures': [['joined.out'], [hostile]],
  'export tensorboard': [['latest'], [hostile]],
  'export crate': [
    ['latest', '-o', 'crate', '--author', hostile, '--license', hostile],
    ['FIRST', '-o', hostile],
    [hostile, '-o', 'crate'],
  ],
  completion: [['bash'], ['zsh'], ['fish'], [hostile]],
  complete: [
    ['fish', 'pipeline run p.yaml '],
    ['fish', 'pipeline show '],
    ['bash', 'pipeline diff '],
  ],
  push: [['p.yaml'], ['wrong.yaml'], [hostile]],
  pull: [['p.yaml'], ['wrong.yaml'], [hostile]],
  'key new': [['visible'], [hostile]],
  'import buffers': [[hostile]],
  'import synthetic': [[hostile]],
  // From here on the pipeline is held to its lock.
  lock: [['p.yaml'], ['p.yaml', '--check'], ['wrong.yaml'], [hostile]],
};

let folder: TemporaryFolder;
let first: string;
before(async () => {
  folder = await TemporaryFolder.create();
  process.chdir(folder.path);
  for (const [name, text] of Object.entries({p: pipeline, broken, wrong})) {
    await writeFile(folder.file(`${name}.yaml`), text);
  }
  const [stdout, stderr] = await perform(['run', 'p.yaml', '--jobs', '2'], false);
  assert.match(stdout!, /^Done in/m, stdout! + stderr!);
  [first] = (await readdir(folder.file('artifacts/runs'))) as [string];
});
after(() => folder[Symbol.asyncDispose]());

/** Runs a command in this process; gives what it printed to standard output and to standard error. */
async function perform(words: readonly string[], isTTY: boolean): Promise<readonly string[]> {
  return (await bytesOf(words, isTTY)).map(String);
}

async function bytesOf(words: readonly string[], isTTY: boolean): Promise<readonly Buffer[]> {
  const sent = [Buffer.of(), Buffer.of()];
  const stream = (index: number): object => ({
    isTTY,
    columns: 80,
    rows: 24,
    on: () => undefined,
    write: (bytes: string | Uint8Array) =>
      (sent[index] = Buffer.concat([sent[index]!, Buffer.from(bytes)])),
  });
  // Only `ui` waits for Ctrl-C, so only `ui` receives it.
  const on = (_: string, listener: () => void): object => {
    if (words[0] === 'ui') setImmediate(listener);
    return process_;
  };
  const process_ = {
    env: {PATH: process.env['PATH'], TERM: 'xterm', HOME: folder.path},
    execPath: 'node',
    argv: ['node', 'm'],
    cwd: () => folder.path,
    pid: process.pid,
    version: 'v20',
    platform: 'linux',
    stdout: stream(0),
    stderr: stream(1),
    on,
    off: () => process_,
  };
  const world: ProcessWorld = {
    ...worldOf(process_ as unknown as NodeJS.Process, {
      ...installationOf(new URL('../../../src/cli/main.js', import.meta.url).href),
      registryModule: new URL('../../support/registries/scripted-registry.js', import.meta.url)
        .href,
      engineProbeModule: new URL(
        '../../support/registries/scripted-engine-probe.js',
        import.meta.url,
      ).href,
    }),
    commandLine: {program: 'pipeline', words},
    hostFolder: {path: folder.file('host')},
    waits: {...usualWaits, backOffMs: 0},
  };
  await runCli(words, world);
  return sent;
}

/** Sequences that the program itself writes: colours, and those that erase its footer. */
// oxlint-disable-next-line no-control-regex -- the pattern matches escape sequences
const own = /\u001b\[(?:1|3[1-6]|39|90|0)m|\r\u001b\[2?K|\u001b\[1A\u001b\[2K/g;

function assertSeen(text: string, words: readonly string[]): void {
  const stray = /(?![\n\t])[\p{Cc}\p{Bidi_Control}\u2028\u2029\p{Cs}]/u.exec(
    text.replaceAll(own, ''),
  );
  const place = stray === null ? '' : JSON.stringify(text.slice(0, stray.index + 20).slice(-80));
  assert.equal(stray, null, `${words.join(' ')}: ${place}`);
}

test('this file tests every command', () => {
  const silent = {stdout: {write: () => undefined}, stderr: {write: () => undefined}, offers};
  const program = commands(silent as unknown as World, () => undefined);
  const names = program.commands.flatMap((command: Command) =>
    command.commands.length === 0
      ? [command.name()]
      : command.commands.map((sub) => `${command.name()} ${sub.name()}`),
  );
  assert.deepEqual(names.toSorted(), Object.keys(drives).toSorted());
});

for (const [name, lines] of Object.entries(drives)) {
  test(`all characters that ${name} quotes from a pipeline, a store and its command line are visible`, async () => {
    for (const line of lines) {
      for (const isTTY of [true, false]) {
        const words = [...name.split(' '), ...line].map((word) =>
          word === 'FIRST' ? first : word,
        );
        const sent = await perform(words, isTTY);
        assert.ok(sent.join('').length > 0, words.join(' '));
        // `logs` and `show` write stored bytes into a pipe unchanged.
        if (isTTY || !(name === 'logs' || line[0] === 'told.text')) {
          for (const text of sent) assertSeen(text, words);
        }
      }
    }
  });
}

test('a pipe gets the stored bytes, and JSON decodes to the stored text', async () => {
  assert.deepEqual(await perform(['show', 'told.text'], false), [`${hostile}\n`, '']);
  assert.deepEqual(await perform(['logs', first, 'told'], false), [`${hostile}\n`, '']);
  const [json] = await perform(['show', 'told.text', '--json'], true);
  const {description} = JSON.parse(json!) as {readonly description: {readonly text: string}};
  assert.equal(description.text, `${hostile}\n`);
});

test('bytes that are not text also go through a pipe unchanged', async () => {
  await using rig = await Rig.create();
  const run = `[sh, -c, 'printf "caf\\351\\r\\n" | tee "$1"', sh, "\${outputs.o}"]`;
  await rig.write('p.yaml', `stages: {a: {run: ${run}, outputs: {o: file}}}\n`);
  const store = path.join(rig.folder, 'artifacts');
  const ran = await perform(['run', `${rig.folder}/p.yaml`, '--store', store], false);
  assert.match(ran[0]!, /^Done in/m, ran.join(''));
  for (const words of [
    ['show', 'a.o'],
    ['logs', 'a'],
  ]) {
    const [bytes] = await bytesOf([...words, '--store', store], false);
    assert.deepEqual(bytes, Buffer.from('caf\u00e9\r\n', 'latin1'));
    const [shown] = await perform([...words, '--store', store], true);
    assert.match(shown!, /^caf�\n$/m);
  }
});

test('a real terminal also receives only text', {skip: skipWithoutTerminal}, async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', pipeline);
  for (const words of ['run p.yaml', 'show told.text', 'logs']) {
    using program = new OnTerminal(rig, words, 80, 24);
    assert.equal(await program.code, 0);
    // A terminal ends each line with a carriage return and a line feed.
    assertSeen(program.terminal.written.replaceAll('\r\n', '\n'), [words]);
    assert.match(program.terminal.written, /c�/);
  }
});
