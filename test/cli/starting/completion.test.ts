import assert from 'node:assert/strict';
import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {mkdir} from 'node:fs/promises';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {promisify} from 'node:util';
import type {Command} from 'commander';
import {Driver} from '../../../bench/fuzz/drive.ts';
import {
  argumentCompleters,
  placeholderOf,
  valueCompleters,
  type Lookups,
} from '../../../src/cli/completion/candidates.ts';
import type {Asked} from '../../../src/cli/completion/asked.ts';
import {clusters} from '../../../src/cli/completion/pipeline-lookups.ts';
import {completionScript, shells} from '../../../src/cli/completion/scripts.ts';
import {bashReplacement, splitLine} from '../../../src/cli/completion/shell-line.ts';
import {commands} from '../../../src/cli/run-cli.ts';
import type {World} from '../../../src/cli/world.ts';
import {offers} from '../../../stages/offers.ts';
import {skipWithoutTerminal} from '../../support/program/on-terminal.ts';
import {Rig} from '../../support/program/rig.ts';
import {repositoryFile} from '../../support/texts/repository.ts';

const pipeline = `
params: {word: hi, images: {mnist: 3}}
stages:
  said: {uses: say, matrix: {seed: {count: 2}}, with: {text: "\${params.word} \${matrix.seed} \${params.images.mnist}"}}
  shout: {uses: say, with: {text: "\${params.word}!"}}
`;

let rig: Rig;
let driver: Driver;
before(async () => {
  rig = await Rig.ran(pipeline);
  process.chdir(rig.folder);
  driver = new Driver(rig.folder, 'scripted');
  await mkdir('sub folder');
  await rig.write('sub folder/q.yml', pipeline);
  await rig.write('bad.yaml', 'stages: {one: {uses: nothing}, two: 3}\n');
  const plugin = 'process.stdout.write("this code ran"); export default [];\n';
  await rig.write('plugin.mjs', plugin);
  await rig.write('plugged.yaml', 'plugins: [./plugin.mjs]\nstages: {mine: {uses: own}}\n');
});
after(async () => await rig[Symbol.asyncDispose]());

/** Gives the completions of the end of a line, without explanations. */
async function completed(line: string, ...how: string[]): Promise<readonly string[]> {
  const {code, stdout, stderr} = await driver.drive([
    'complete',
    how[0] ?? 'fish',
    line,
    ...how.slice(1),
  ]);
  assert.deepEqual([code, stderr], [0, ''], line);
  return stdout
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => text.split('\t')[0]!);
}

test('commands, options and choices come from the tables of the program', async () => {
  assert.deepEqual(await completed('pipeline val'), ['validate']);
  assert.ok(!(await completed('pipeline ')).includes('complete'));
  assert.deepEqual(await completed('pipeline export t'), ['tensorboard']);
  assert.deepEqual(await completed('pipeline run --ke'), ['--keep-going']);
  assert.deepEqual(await completed('pipeline run --json --js'), []);
  assert.deepEqual(await completed('pipeline run --set a=1 --se'), ['--set']);
  assert.deepEqual(await completed('pipeline run --engine wasm'), ['wasm', 'wasm-precise']);
  assert.deepEqual(await completed('pipeline graph --format=d'), ['--format=dot']);
  assert.deepEqual(await completed('pipeline completion '), ['bash', 'zsh', 'fish']);
  assert.deepEqual(await completed('pipeline stages mea'), ['measure']);
  assert.deepEqual(await completed('pipeline run --store '), [':folders']);
  assert.deepEqual(await completed('pipeline report -o '), [':files']);
  assert.deepEqual(await completed('pipeline nonsense --x '), []);
});

test('pipeline files, stages, instances and parameters of the named pipeline', async () => {
  assert.deepEqual(await completed('pipeline run p'), ['p.yaml', 'plugged.yaml']);
  assert.deepEqual(await completed('pipeline run sub'), ['sub folder/']);
  assert.deepEqual(await completed("pipeline run 'sub folder/"), ['sub folder/q.yml']);
  assert.deepEqual(await completed('pipeline run dis'), ['distillery/']);
  assert.deepEqual(await completed('pipeline plan distillery/quick'), ['distillery/quickstart']);
  assert.deepEqual(await completed('pipeline run p.yaml '), ['said', 'said[', 'shout']);
  assert.deepEqual(await completed('pipeline run "sub folder/q.yml" sh'), ['shout']);
  assert.deepEqual(await completed('pipeline run p.yaml --until said['), [
    'said[seed=0]',
    'said[seed=1]',
  ]);
  assert.deepEqual(await completed('pipeline run p.yaml --set '), [
    'word=',
    'images=',
    'images.mnist=',
    'said.',
    'shout.',
  ]);
  const ofStage = await completed('pipeline run p.yaml --set said.');
  assert.deepEqual(ofStage.slice(0, 2), ['said.text=', 'said.gate=']);
  // For a pipeline with mistakes, the names of its written stages are completed.
  assert.deepEqual(await completed('pipeline run bad.yaml '), ['one', 'two']);
});

test('code of plugins does not run for a completion', async () => {
  assert.deepEqual(await completed('pipeline run plugged.yaml '), ['mine']);
});

test('runs, instances and outputs of the store', async () => {
  const [run] = await rig.runs();
  assert.deepEqual(await completed('pipeline status '), ['latest', run]);
  assert.deepEqual(await completed('pipeline logs sh'), ['shout']);
  assert.deepEqual(await completed(`pipeline logs ${run!} `), ['said[', 'shout']);
  assert.deepEqual(await completed('pipeline show shout.'), ['shout.out', ':files']);
  assert.deepEqual(await completed("pipeline diff shout.out 'said[seed=1"), [
    'said[seed=1]',
    ':files',
  ]);
  assert.deepEqual(await completed('pipeline status --store nowhere '), []);
  assert.deepEqual(await completed('pipeline compare latest '), ['latest', run]);
  assert.deepEqual(await completed('pipeline runs --sort wo'), ['word']);
  assert.deepEqual(await completed('pipeline runs --filter im'), ['images=']);
  assert.deepEqual(await completed('pipeline runs --metric '), []);
});

test('results of a run that is named before a slash', async () => {
  const [run] = await rig.runs();
  assert.deepEqual(await completed('pipeline show latest/s'), [
    'latest/said[',
    'latest/shout',
    ':files',
  ]);
  assert.deepEqual(await completed(`pipeline export pt ${run!}/shout.`), [
    `${run!}/shout.out`,
    ':files',
  ]);
  assert.deepEqual(await completed('pipeline logs latest/sh'), ['latest/shout']);
});

test('a line is split as shells split it, and bash is given what it replaces', () => {
  assert.deepEqual(splitLine(`pipeline run 'a b' c\\ d "e'`), {
    words: ['pipeline', 'run', 'a b', 'c d'],
    word: "e'",
    typed: `"e'`,
    openQuote: {mark: '"', end: 1},
  });
  assert.deepEqual(splitLine('pipeline '), {words: ['pipeline'], word: '', typed: ''});
  const breaks = ' \t\n"\'><=;|&(:';
  const replacement = (line: string, value: string): string | undefined =>
    bashReplacement(value, splitLine(line), breaks);
  assert.equal(replacement('pipeline run sa', 'said[seed=0]'), 'said\\[seed=0\\]');
  assert.equal(replacement('pipeline run said[seed=', 'said[seed=0]'), '0\\]');
  assert.equal(replacement("pipeline run 'said[seed=", 'said[seed=0]'), 'said[seed=0]');
  assert.equal(replacement('pipeline run said"[seed=', 'said[seed=0]'), '[seed=0]');
  assert.equal(replacement('pipeline run a\\ b', 'a b.yaml'), 'a\\ b.yaml');
  assert.equal(replacement('pipeline run "a b=c"/', 'a b=c/d'), 'a\\ b=c/d');
  assert.equal(replacement('pipeline run ~/a', '~/a b/'), '~/a\\ b/');
  assert.equal(replacement('pipeline graph --format=d', '--format=dot'), 'dot');
  const hostile = '$(id)`id`";\\';
  assert.equal(replacement('pipeline run "', hostile), '\\$(id)\\`id\\`\\";\\\\');
  assert.equal(replacement("pipeline run '", hostile), hostile);
  assert.equal(replacement("pipeline run '", "a'b"), undefined);
  assert.equal(replacement('pipeline run "', 'a!b'), undefined);
});

test(
  'no name makes bash run anything: it is completed to the file, or not at all',
  {skip: skipWithoutTerminal},
  async () => {
    await using hostile = await Rig.create();
    const harm = 'touch ran';
    const names = {
      dollar: `a$(${harm}).yaml`,
      quotes: `b"; ${harm}; ".yaml`,
      apostrophe: `c'; ${harm}; '.yaml`,
      plain: `f;\`${harm}\`&!!.yaml`,
    };
    for (const name of [...Object.values(names), `e\n${harm}\n.yaml`])
      await hostile.write(name, '');
    const typed = ['"a\t', '"b\t', "'c\t'", 'f\t', 'e\t'].map(
      (word) => `pipeline validate ${word}\n`,
    );
    const bash = spawn('script', ['-qefc', 'bash --norc --noprofile -i', '/dev/null'], {
      cwd: hostile.folder,
      env: {PATH: '/usr/bin:/bin', TERM: 'xterm', HISTFILE: '', LANG: 'C.UTF-8'},
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const ended = once(bash, 'close');
    let shown = '';
    bash.stdout.setEncoding('utf8').on('data', (text: string) => (shown += text));
    await once(bash.stdout, 'data');
    bash.stdin.write(
      [
        `source <('${process.execPath}' '${Rig.program}' completion bash)\n`,
        'pipeline() { printf "%s\\0" "$2" >> given; }\n',
        ...typed,
        'exit\n',
      ].join(''),
    );
    await ended;
    assert.deepEqual(
      (await hostile.read('given')).split('\0'),
      [names.dollar, names.quotes, 'c', names.plain, 'e', ''],
      shown,
    );
    assert.equal(existsSync(path.join(hostile.folder, 'ran')), false, shown);
  },
);

test('bash completes with the script that the program prints, and is told of no error', async () => {
  const lines = [
    'pipeline val',
    "pipeline run p.yaml 'said[",
    'pipeline run --store ',
    'pipeline run sub',
  ];
  const asking = lines.map((line) => {
    const quoted = `'${line.replaceAll("'", String.raw`'\''`)}'`;
    return `COMP_LINE=${quoted} COMP_POINT=\${#COMP_LINE}; told=; _pipeline_complete; echo "$told:\${COMPREPLY[*]}"`;
  });
  // Bash accepts `compopt` only during a completion, so the script replaces it.
  const script = [
    `source <('${process.execPath}' '${Rig.program}' completion bash)`,
    'compopt() { told=$*; }',
    'complete -p pipeline',
    ...asking,
  ].join('\n');
  const {stdout, stderr} = await promisify(execFile)('bash', ['--norc', '-c', script], {
    cwd: rig.folder,
    env: {PATH: '/usr/bin:/bin'},
  });
  assert.equal(stderr, '');
  assert.deepEqual(stdout.trimEnd().split('\n'), [
    'complete -F _pipeline_complete pipeline',
    ':validate',
    ':said[seed=0] said[seed=1]',
    '-o dirnames:',
    '-o nospace:sub\\ folder/',
  ]);
});

test('each script calls the program on the PATH, or the one that wrote it', () => {
  for (const shell of shells) {
    const script = completionScript(shell, ['/opt/my node', '/lib/main.js']);
    assert.match(script, /'\/opt\/my node' \/lib\/main\.js/);
    assert.match(script, new RegExp(`complete ${shell} `));
    assert.doesNotMatch(script, /PROGRAM|undefined/);
  }
});

test('clusters are those whose profiles are found for the pipeline, each with its path', async () => {
  await rig.write('clusters/hpc.yaml', 'kind: slurm');
  await rig.write('sub folder/clusters/hpc.yaml', 'kind: slurm');
  await rig.write('sub folder/clusters/ada.yaml', 'kind: ssh');
  await rig.write('config/distillery/clusters/lab.yaml', 'kind: ssh');
  const environment = {XDG_CONFIG_HOME: path.join(rig.folder, 'config')};
  const world = {cwd: rig.folder, packageRoot: repositoryFile(''), environment} as unknown as World;
  const found = (...args: string[]): unknown =>
    clusters({args, options: new Map(), word: ''} as unknown as Asked, world);
  const lab = {value: 'lab', about: `${rig.folder}/config/distillery/clusters/lab.yaml`};
  assert.deepEqual(found('p.yaml'), [{value: 'hpc', about: 'clusters/hpc.yaml'}, lab]);
  assert.deepEqual(found('sub folder/q.yml'), [
    {value: 'ada', about: 'sub folder/clusters/ada.yaml'},
    {value: 'hpc', about: 'clusters/hpc.yaml'},
    lab,
  ]);
  const completer = valueCompleters['cluster']!;
  const lookups = {clusters: () => [lab]} as unknown as Lookups;
  assert.deepEqual(await completer(lookups), {candidates: [lab], paths: 'files'});
});

test('every argument and every value of an option has a completer', () => {
  const silent = {stdout: {write: () => undefined}, stderr: {write: () => undefined}, offers};
  const program = commands(silent as unknown as World, () => undefined);
  const unknown: string[] = [];
  const look = (command: Command): void => {
    command.commands.forEach(look);
    if (command.name() === 'complete') return;
    for (const argument of command.registeredArguments) {
      if (argument.argChoices === undefined && !(argument.name() in argumentCompleters))
        unknown.push(`${command.name()} <${argument.name()}>`);
    }
    for (const option of command.options) {
      const isFree = !option.required || option.argChoices !== undefined;
      if (!isFree && !(placeholderOf(option) in valueCompleters))
        unknown.push(`${command.name()} ${option.flags}`);
    }
  };
  look(program);
  assert.deepEqual(unknown, []);
});
