/** Tests that a run with nothing to do repeats the one before it, and only then. */
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {
  chmod,
  mkdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {digestOf} from '../../../src/base/digest.ts';
import {mayBeAlive} from '../../../src/store/claims/activity.ts';
import type {RunEvent} from '../../../src/journal/event.ts';
import {rigWithPlugins} from '../../support/program/plugin-rig.ts';
import {overwrite, Rig} from '../../support/program/rig.ts';
import {notedPipeline} from '../../support/texts/noted-pipeline.ts';

async function ranRig(): Promise<Rig> {
  const rig = await Rig.create({MOOD: 'calm'});
  await rig.write('note.txt', 'a note');
  await rig.write('p.yaml', notedPipeline());
  await run(rig);
  return rig;
}

async function run(rig: Rig, ...options: readonly string[]): Promise<string> {
  const {code, stdout, stderr} = await rig.pipeline('run', 'p.yaml', ...options);
  assert.equal(code, 0, stdout + stderr);
  return stdout;
}

async function newest(rig: Rig): Promise<string> {
  return path.join(rig.folder, 'artifacts/runs', (await rig.runs()).at(-1)!);
}

/** Whether the newest run has repeated another one: it has passed on that one's files. */
async function isRepeat(rig: Rig): Promise<boolean> {
  const file = await repeatFile(rig, 'hits.jsonl');
  return ((await stat(file).catch(() => undefined))?.nlink ?? 0) > 1;
}

/** A file of the newest run from which a later one may repeat it. */
async function repeatFile(rig: Rig, name: string): Promise<string> {
  return path.join(await newest(rig), 'repeat', name);
}

/** The head of these files, which is named by what was asked for. */
async function headOf(rig: Rig): Promise<string> {
  const names = await rig.stored(`runs/${(await rig.runs()).at(-1)!}/repeat`);
  return await repeatFile(
    rig,
    names.find((name) => /^[0-9a-f]{64}\.txt$/.test(name))!,
  );
}

/** What a run told, without what differs from run to run. */
function told(events: readonly RunEvent[]): unknown {
  return events.map((event) => {
    const {at: _, ...rest} = event;
    if (rest.kind === 'run-started') return {...rest, run: '', head: ''};
    return rest.kind === 'run-finished' ? {...rest, durationMs: 0} : rest;
  });
}

const withoutNames = (printed: string): string =>
  printed.replaceAll(/\d{8}-\d{6}\.\d{3}-[0-9a-f]{6}/g, 'RUN').replace(/Done in .*?:/, 'Done in:');

test('a repeated run tells, prints and places what an ordinary one does', async () => {
  await using rig = await ranRig();
  const repeated = await run(rig);
  assert.ok(await isRepeat(rig));
  assert.match(repeated, /^Done in .*: 0 ran, 7 stored already/m);
  const events = await rig.events();
  const results = await rig.stored(`runs/${(await rig.runs()).at(-1)!}/results`);
  const list = await readFile(path.join(await newest(rig), 'results.json'), 'utf8');
  for (const name of await rig.runs()) {
    await rm(path.join(rig.folder, 'artifacts/runs', name, 'repeat'), {recursive: true});
  }

  const ordinary = await run(rig);
  assert.ok(!(await isRepeat(rig)));
  assert.equal(withoutNames(repeated), withoutNames(ordinary));
  assert.deepEqual(told(events), told(await rig.events()));
  assert.ok(results.length > 0);
  assert.deepEqual(await rig.stored(`runs/${(await rig.runs()).at(-1)!}/results`), results);
  assert.equal(await readFile(path.join(await newest(rig), 'results.json'), 'utf8'), list);
});

test('a repeat has no heartbeat, and removes what killed processes left', async () => {
  await using rig = await ranRig();
  const left = path.join(rig.folder, 'artifacts/tmp/left');
  await writeFile(left, 'half');
  await utimes(left, 1, 1);
  await run(rig);
  assert.ok(await isRepeat(rig));
  assert.equal(existsSync(left), false);
  const [started] = await rig.events();
  assert.ok(started?.kind === 'run-started');
  const {head} = started;
  assert.match(head.member!, /^[0-9a-f]{16}$/);
  assert.deepEqual(await rig.stored('members'), []);
  // To another machine it is a member that does not live.
  const elsewhere = {...head, host: 'elsewhere', bootId: 'other'};
  const store = {root: path.join(rig.folder, 'artifacts')};
  const journal = path.join(await newest(rig), 'events.jsonl');
  assert.equal(mayBeAlive(store, elsewhere, journal), false);
});

test('a repeat can be repeated, also after a run of another pipeline', async () => {
  await using rig = await ranRig();
  await rig.write('q.yaml', 'stages: {other: {uses: say, with: {text: other}}}\n');
  for (const file of ['p.yaml', 'q.yaml', 'p.yaml', 'q.yaml']) {
    const isFirst = file === 'q.yaml' && (await rig.runs()).length === 2;
    assert.equal((await rig.pipeline('run', file)).code, 0);
    assert.equal(await isRepeat(rig), !isFirst, file);
  }
});

test('a repeat is read like every run', async () => {
  await using rig = await ranRig();
  await run(rig);
  assert.ok(await isRepeat(rig));
  for (const command of [['status'], ['runs'], ['report'], ['why', 'p.yaml'], ['verify'], ['gc']]) {
    const {code, stdout, stderr} = await rig.pipeline(...command);
    assert.equal(code, 0, command.join(' ') + stdout + stderr);
  }
  const {stdout} = await rig.pipeline('compare', '--json');
  assert.doesNotMatch(stdout, /"only/);
});

interface Change {
  readonly what: string;
  readonly by?: (rig: Rig) => Promise<unknown>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly options?: readonly string[];
  /** The instances that the next run starts. */
  readonly starts: readonly string[];
}

const edited = (file: string, change: (text: string) => string) => async (rig: Rig) =>
  rig.write(file, change(await rig.read(file)));

const changes: readonly Change[] = [
  {
    what: 'a comment in the pipeline',
    by: edited('p.yaml', (text) => `# new\n${text}`),
    starts: [],
  },
  {
    what: 'a parameter in the pipeline',
    by: edited('p.yaml', (text) => text.replace('word: one', 'word: two')),
    starts: ['said', 'told'],
  },
  {what: '--set', options: ['--set', 'word=two'], starts: ['said', 'told']},
  {what: '--until', options: ['--until', 'said'], starts: []},
  {what: 'a selector', options: ['all'], starts: []},
  {what: '--engine', options: ['--engine', 'wasm'], starts: []},
  {what: '--force', options: ['--force', 'said'], starts: ['said']},
  {
    what: 'a file of parameters',
    by: (rig) => rig.write('params.yaml', 'word: two\n'),
    options: ['--params-file', 'params.yaml'],
    starts: ['said', 'told'],
  },
  {what: 'a variable', environment: {MOOD: 'wild'}, starts: ['told']},
  {
    what: "a file of the user's, of the same size",
    by: (rig) => rig.write('note.txt', 'A note'),
    starts: ['./note.txt', 'told'],
  },
  {
    what: 'a lock',
    by: (rig) => rig.pipeline('lock', 'p.yaml'),
    starts: [],
  },
  {
    what: 'a deleted record',
    by: async (rig) => unlink(await rig.recordFileOf('said')),
    starts: ['said'],
  },
  {
    what: 'a damaged record',
    by: async (rig) => overwrite(await rig.recordFileOf('said'), '{}'),
    starts: ['said'],
  },
  {
    what: 'a deleted artifact',
    by: async (rig) => unlink(await rig.artifactOf('said')),
    starts: ['said'],
  },
  {
    what: 'an artifact that was cut off',
    by: async (rig) => {
      const file = await rig.artifactOf('said');
      await chmod(file, 0o644);
      await truncate(file, 1);
    },
    starts: ['said'],
  },
  {
    what: 'an artifact with other bytes of the same number',
    by: async (rig) => overwrite(await rig.artifactOf('said'), 'ONE'),
    starts: ['said'],
  },
  {
    what: 'a record that was last used two days ago',
    by: async (rig) => {
      const old = Date.now() / 1000 - 2 * 24 * 3600;
      await utimes(await rig.recordFileOf('said'), old, old);
    },
    starts: [],
  },
  {
    what: 'hits that are not those of the run',
    by: async (rig) => writeFile(await repeatFile(rig, 'hits.jsonl'), '[["said","x",1]]\n'),
    starts: [],
  },
  {
    what: 'states that are cut off',
    by: async (rig) => truncate(await repeatFile(rig, 'states.txt'), 100),
    starts: [],
  },
  {
    what: 'states that are other text of the same size',
    by: async (rig) => {
      const file = await repeatFile(rig, 'states.txt');
      await writeFile(file, '\n'.repeat((await readFile(file)).length));
    },
    starts: [],
  },
  {
    what: 'a head that is no JSON',
    by: async (rig) => writeFile(await headOf(rig), '{'),
    starts: [],
  },
  {
    what: 'a head that leads out of the folder',
    by: async (rig) => {
      const file = await headOf(rig);
      const [, json] = (await readFile(file, 'utf8')).split('\n');
      const other = json!.replace(/"name":"(?=told|all)/, '"name":"../../../');
      assert.notEqual(other, json);
      await writeFile(file, `${digestOf(other)}\n${other}\n`);
    },
    starts: [],
  },
  {
    what: 'a digit in a head',
    by: async (rig) => {
      const file = await headOf(rig);
      await writeFile(file, (await readFile(file, 'utf8')).replace('"savedMs":', '"savedMs":1'));
    },
    starts: [],
  },
  {
    what: 'a head that other users may change',
    by: async (rig) => chmod(await headOf(rig), 0o666),
    starts: [],
  },
];

const others: readonly Change[] = [
  {
    what: 'store.json is gone',
    by: async (rig) => rm(path.join(rig.folder, 'artifacts/store.json')),
    starts: [],
  },
  {
    what: 'a run folder that cannot be read',
    by: async (rig) => {
      const folder = path.join(await newest(rig), 'repeat');
      await rm(folder, {recursive: true});
      await symlink('repeat', folder);
    },
    starts: [],
  },
];

for (const {what, by, environment, options = [], starts} of [...changes, ...others]) {
  test(`a run does not repeat another after a change: ${what}`, async () => {
    await using rig = await ranRig();
    await by?.(rig);
    const changed = environment === undefined ? rig : rig.with(environment);
    await run(changed, ...options);
    assert.ok(!(await isRepeat(rig)));
    assert.deepEqual((await rig.started()).toSorted(), [...starts].sort());
  });
}

for (const options of [['--json'], ['--force', 'said']]) {
  test(`a run with ${options.join(' ')} is none that a later one repeats`, async () => {
    await using rig = await ranRig();
    const {code, stdout, stderr} = await rig.pipeline('run', 'p.yaml', ...options);
    assert.equal(code, 0, stdout + stderr);
    assert.deepEqual(await rig.stored(`runs/${(await rig.runs()).at(-1)!}/repeat`), []);
  });
}

test('a run that fails, or warns, is none that a later one repeats', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', 'stages: {bad: {run: ["false"], outputs: {text: text}}}\n');
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 1);
  await rig.write('q.yaml', 'params: {unused: 1}\nstages: {a: {uses: say, with: {text: a}}}\n');
  assert.equal((await rig.pipeline('run', 'q.yaml')).code, 0);
  const again = await rig.pipeline('run', 'q.yaml');
  assert.match(again.stderr, /Nothing refers to the parameter/);
  for (const name of await rig.runs())
    assert.deepEqual(await rig.stored(`runs/${name}/repeat`), []);
});

test('results that were changed are placed again from the store', async () => {
  await using rig = await ranRig();
  const results = path.join(await newest(rig), 'results');
  const [name] = await rig.stored(`runs/${(await rig.runs()).at(-1)!}/results`);
  const bytes = await readFile(path.join(results, name!), 'utf8');
  await overwrite(path.join(results, name!), 'mine');
  await run(rig);
  assert.ok(await isRepeat(rig));
  assert.equal(await readFile(path.join(await newest(rig), 'results', name!), 'utf8'), bytes);
});

test('an ordinary run takes the place of the one that it could not repeat', async () => {
  await using rig = await ranRig();
  const first = await repeatFile(rig, '');
  await run(rig, '--set', 'word=two');
  await stat(first);
  await rig.write('p.yaml', `# new\n${notedPipeline()}`);
  await run(rig);
  await assert.rejects(stat(first), {code: 'ENOENT'});
  await run(rig);
  assert.ok(await isRepeat(rig));
});

test('what a healed run has made of other bytes than it has at its end is computed again', async () => {
  await using rig = await Rig.create();
  const reader = (name: string): string =>
    `  ${name}: {run: [cp, "\${inputs.of}", "\${outputs.text}"], inputs: {of: drift.out}, outputs: {text: text}}\n`;
  const start = `stages:\n  drift: {uses: drift}\n${reader('a')}`;
  await rig.write('p.yaml', start);
  await run(rig);
  const file = await rig.artifactOf('drift');
  const bytes = await readFile(file, 'utf8');
  await overwrite(file, bytes.replace(/.$/s, '#'));
  // As if the file system had not noticed.
  await utimes(file, 1, 1);
  await rig.write('p.yaml', `${start}${reader('b').replace('cp', 'cp, -f')}`);
  await run(rig);
  assert.deepEqual(await rig.started(), ['b', 'drift', 'b']);
  assert.deepEqual(await rig.stored(`runs/${(await rig.runs()).at(-1)!}/repeat`), []);
  await run(rig);
  assert.deepEqual(await rig.started(), ['a']);
});

test('a run of a part of a pipeline is not repeated when the rest has a mistake', async () => {
  await using rig = await ranRig();
  await run(rig, 'all');
  await run(rig, 'all');
  assert.ok(await isRepeat(rig));
  await rm(path.join(rig.folder, 'note.txt'));
  const {code, stderr} = await rig.pipeline('run', 'p.yaml', 'all');
  assert.equal(code, 3);
  assert.match(stderr, /There is no file \.\/note\.txt/);
});

test('a pipeline whose file names a plugin is loaded each time, whatever it takes of it', async () => {
  const plugin = `
    import {defineContract, defineStageType} from 'distillery/stage';
    const contract = defineContract({
      type: 'never', version: 1, summary: 'Is not used.', params: {}, inputs: {}, outputs: {},
    });
    export const stageTypes = [defineStageType(contract, () => undefined)];
  `;
  const text = 'plugins: [./plugin.mjs]\nstages: {a: {uses: say, with: {text: a}}}\n';
  await using rig = await rigWithPlugins({'plugin.mjs': plugin, 'p.yaml': text});
  await run(rig);
  assert.deepEqual(await rig.stored(`runs/${(await rig.runs()).at(-1)!}/repeat`), []);
  await unlink(path.join(rig.folder, 'plugin.mjs'));
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 3);
});

test('parameters from a pipe are read at each run', async () => {
  await using rig = await ranRig();
  const pipe = path.join(rig.folder, 'params.yaml');
  execFileSync('mkfifo', [pipe]);
  for (const word of ['two', 'two', 'three']) {
    const program = rig.start(['run', 'p.yaml', '--params-file', 'params.yaml']);
    await writeFile(pipe, `word: ${word}\n`);
    const {code, stdout, stderr} = await program.finished;
    assert.equal(code, 0, stdout + stderr);
  }
  assert.deepEqual(await rig.started(), ['said', 'told']);
});

test('a repeat tells the commit that is checked out now', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', 'stages: {a: {uses: say, with: {text: a}}}\n');
  await mkdir(path.join(rig.folder, '.git'));
  const commits = ['1'.repeat(40), '2'.repeat(40), undefined];
  for (const commit of commits) {
    if (commit === undefined) await rm(path.join(rig.folder, '.git'), {recursive: true});
    else await rig.write('.git/HEAD', `${commit}\n`);
    await run(rig);
    const planned = (await rig.events()).find((event) => event.kind === 'planned');
    assert.equal(planned?.facts?.commit, commit);
    assert.equal(await isRepeat(rig), commit !== commits[0]);
  }
});
