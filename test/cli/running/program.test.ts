import assert from 'node:assert/strict';
import {chmod, cp, mkdir, rename, symlink} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {Rig, type Finished} from '../../support/program/rig.ts';

/**
 * A program that writes its arguments (except the first, which is the output), its environment and its folder as JSON.
 */
const tell = `
import {writeFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
const [out, ...args] = process.argv.slice(2);
const files = readdirSync('.', {recursive: true, withFileTypes: true}).filter((file) => file.isFile());
writeFileSync(out, JSON.stringify({args, env: process.env, files: files.map((file) => join(file.parentPath, file.name)).sort()}));
`;

interface Told {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly files: readonly string[];
}

async function rigWith(files: Readonly<Record<string, string>>): Promise<Rig> {
  const rig = await Rig.create();
  for (const [name, text] of Object.entries(files)) await rig.write(name, text);
  return rig;
}

function assertOk({code, stdout, stderr}: Finished): void {
  assert.equal(code, 0, stdout + stderr);
}

/** Gives the text of a file among the results of the newest run. */
async function result(rig: Rig, name: string): Promise<string> {
  return await rig.read(`artifacts/runs/${(await rig.runs()).at(-1)!}/results/${name}`);
}

async function told(rig: Rig, name: string): Promise<Told> {
  return JSON.parse(await result(rig, name)) as Told;
}

/** Gives the log of an instance in the newest run. */
async function log(rig: Rig, instance: string): Promise<string> {
  return await rig.read(`artifacts/runs/${(await rig.runs()).at(-1)!}/logs/${instance}.log`);
}

test('a program is given its arguments to the letter, and paths in its own folder', async () => {
  await using rig = await rigWith({
    'tell.mjs': tell,
    'p.yaml': `
params: {word: "it's", path: '\${HOME}'}
stages:
  text: {uses: say, with: {text: hello}}
  told:
    run: [node, "\${inputs.script}", "\${outputs.told}", "a b", '"', "\${params.word}", "", $HOME, "\${HOME}",
          "\${params.path}", "*", "東京 ü", "x=\${inputs.text}:\${outputs.told}", 1.0, 1e-4, true, "\${matrix.n}", "a\\nb"]
    matrix: {n: [7]}
    inputs: {script: ./tell.mjs, text: text.out}
    outputs: {told: json}
`,
  });
  assertOk(await rig.pipeline('run', 'p.yaml'));
  const {args, files} = await told(rig, 'told,n=7.json');
  assert.deepEqual(args, [
    'a b',
    '"',
    "it's",
    '',
    '$HOME',
    '${HOME}',
    '${HOME}',
    '*',
    '東京 ü',
    'x=inputs/text.txt:outputs/told.json',
    '1.0',
    '1e-4',
    'true',
    '7',
    'a\nb',
  ]);
  assert.deepEqual(files, ['inputs/script.mjs', 'inputs/text.txt']);
});

test('a program sees the variables that are declared, where things are on this machine, its devices and its attempt', async () => {
  await using rig = await rigWith({
    'tell.mjs': tell,
    'p.yaml': `
params: {a: 'one two'}
stages:
  told:
    run: [node, "\${inputs.script}", "\${outputs.told}"]
    inputs: {script: ./tell.mjs}
    outputs: {told: json}
    environment: [SHOWN, MISSING, "GIVEN=\${params.a}=2", EMPTY=]
    env: {RATE: 1e-4, WORDS: "\${params.a}!", LOUD: true, USER: root}
`,
  });
  const names = [...Object.keys(process.env), 'XDG_CONFIG_HOME'];
  const bare = Object.fromEntries(names.map((name) => [name, undefined]));
  const PATH = `${path.dirname(process.execPath)}:/usr/bin:/bin`;
  const places = {PATH, HOME: rig.folder, TMPDIR: '/tmp', HTTPS_PROXY: 'http://127.0.0.1:9'};
  const environment = {
    ...(bare as Record<string, never>),
    ...places,
    USER: 'me',
    SHOWN: 'yes',
    HIDDEN: 'no',
    LANG: 'de_DE.UTF-8',
    PYTHONPATH: '/x',
  };
  assertOk(await rig.with(environment).pipeline('run', 'p.yaml'));
  const {env} = await told(rig, 'told.json');
  const started = (await rig.events()).find(
    (event) => event.kind === 'started' && String(event.instance) === 'told',
  );
  assert.ok(started?.kind === 'started');
  assert.deepEqual(env, {
    SHOWN: 'yes',
    GIVEN: 'one two=2',
    EMPTY: '',
    RATE: '1e-4',
    WORDS: 'one two!',
    LOUD: 'true',
    USER: 'root',
    ...places,
    CUDA_VISIBLE_DEVICES: '',
    PIPELINE_ATTEMPT: started.attempt,
  });
  // Paths are no part of the key. `env` gives the same key as `environment` with the same values.
  const pipeline = await rig.read('p.yaml');
  const listed = 'EMPTY=, RATE=1e-4, "WORDS=${params.a}!", LOUD=true, USER=root]';
  await rig.write('p.yaml', pipeline.replace('EMPTY=]', listed).replace(/ +env: .*\n/, ''));
  const elsewhere = {...environment, HOME: '/nowhere', HTTPS_PROXY: ''};
  const again = await rig.with(elsewhere).pipeline('run', 'p.yaml');
  assert.match(again.stdout, /2 results are stored already|0 ran, 2 stored already/);
});

test('a program that starts in a folder of the user finds its own files there, and its inputs and outputs', async () => {
  await using rig = await rigWith({
    'lab/code/tell.mjs': tell,
    'lab/code/run.sh': '#!/bin/sh\ncat words.txt "$1" > "$2"\n',
    'lab/code/words.txt': 'one ',
    'lab/p.yaml': `
params: {where: code}
stages:
  said: {uses: say, with: {text: two}}
  told:
    run: [node, tell.mjs, "\${outputs.told}", "\${inputs.text}"]
    inputs: {script: ./code/tell.mjs, text: said.out}
    outputs: {told: json}
    folder: ./code
  joined:
    run: [./run.sh, "\${inputs.text}", "\${outputs.joined}"]
    inputs: {text: said.out}
    outputs: {joined: text}
    folder: "\${params.where}"
`,
  });
  const missing = await rig.pipeline('validate', 'lab/p.yaml');
  assert.match(
    missing.stderr,
    /There is no program \.\/run\.sh in .*\/lab\/code, or it may not be run/,
  );
  await chmod(path.join(rig.folder, 'lab/code/run.sh'), 0o755);
  const ran = await rig.pipeline('run', 'lab/p.yaml');
  assertOk(ran);
  assert.match(ran.stderr, /warning uncovered-file: \.\/run\.sh is no input of `joined`/);
  assert.doesNotMatch(ran.stderr, /tell\.mjs/);
  const {args, files} = await told(rig, 'told.json');
  assert.match(args[0]!, /^\/.*\/inputs\/text\.txt$/);
  assert.deepEqual(files, ['run.sh', 'tell.mjs', 'words.txt']);
  assert.equal(await result(rig, 'joined.txt'), 'one two');
  // Keys stay the same when the project is moved. A program in another folder has another key.
  await rename(path.join(rig.folder, 'lab'), path.join(rig.folder, 'moved'));
  await cp(path.join(rig.folder, 'moved/code'), path.join(rig.folder, 'moved/other'), {
    recursive: true,
  });
  const {stdout} = await rig.pipeline('plan', 'moved/p.yaml', '--set', 'where=./other', '--all');
  assert.match(stdout, /hit +told\n/);
  assert.match(stdout, /run +joined.*\n +folder: "code" → "other"\n/);
});

test('an input of several files becomes as many arguments, in order', async () => {
  await using rig = await rigWith({
    'tell.mjs': tell,
    'p.yaml': `
stages:
  part: {uses: say, matrix: {n: {count: 11}}, with: {text: "part \${matrix.n}"}}
  extra: {uses: say, with: {text: extra}}
  all:
    run: [cat, "\${inputs.parts}"]
    inputs: {parts: ["part.out[*]", extra.out]}
    outputs: {}
  told:
    run: [node, "\${inputs.script}", "\${outputs.told}", "\${inputs.parts}", "\${inputs.one}", end]
    inputs: {script: ./tell.mjs, parts: ["part.out[*]", extra.out], one: "part.out[n=3]"}
    outputs: {told: json}
`,
  });
  assertOk(await rig.pipeline('run', 'p.yaml'));
  const numbers = Array.from({length: 12}, (_, index) => String(index).padStart(2, '0'));
  const paths = numbers.map((number) => `inputs/parts/${number}.txt`);
  assert.deepEqual((await told(rig, 'told.json')).args, [...paths, 'inputs/one.txt', 'end']);
  const parts = numbers.slice(0, 11).map((number) => `part ${Number(number)}`);
  assert.equal(await log(rig, 'all'), [...parts, 'extra'].join(''));
});

test('outputs connect to stages by their media, and stages to programs', async () => {
  await using rig = await rigWith({
    'p.yaml': `
stages:
  first: {uses: say, with: {text: "a-b-c"}}
  upper: {run: [sh, -c, 'tr a-z A-Z < "$1" > "$2"', sh, "\${inputs.text}", "\${outputs.text}"], inputs: {text: first.out}, outputs: {text: text}}
  size: {uses: measure, inputs: {of: upper.text}}
  joined: {uses: join, inputs: {parts: [upper.text, size.out]}}
  copied: {run: [cp, "\${inputs.from}", "\${outputs.to}"], inputs: {from: joined.out}, outputs: {to: text}}
`,
  });
  assertOk(await rig.pipeline('run', 'p.yaml'));
  assert.equal(await result(rig, 'copied.txt'), 'A-B-C+5');
  const again = await rig.pipeline('run', 'p.yaml');
  assert.match(again.stdout, /0 ran, 5 stored already/);
});

test('a file of the user can be the program, and the input of a stage type', async () => {
  await using rig = await rigWith({'words.txt': 'one two three'});
  await mkdir(path.join(rig.folder, 'sub'));
  await rig.write('sub/count', '#!/bin/sh\nwc -w < "$1" | tr -d " \\n" > "$2"\n');
  await symlink('count', path.join(rig.folder, 'sub/link'));
  await rig.write(
    'sub/p.yaml',
    `
stages:
  size: {uses: measure, inputs: {of: ../words.txt}}
  count:
    run: ["\${inputs.program}", "\${inputs.words}", "\${outputs.count}"]
    inputs: {program: ./link, words: ../words.txt}
    outputs: {count: text}
`,
  );
  assertOk(await rig.pipeline('run', 'sub/p.yaml'));
  assert.equal(await result(rig, 'count.txt'), '3');
  assert.equal(await result(rig, 'size.txt'), '13');
  assert.deepEqual((await rig.started()).toSorted(), [
    './sub/link',
    './words.txt',
    'count',
    'size',
  ]);
});

test('a program is found by the PATH of the user who runs the pipeline', async () => {
  await using rig = await rigWith({
    'p.yaml': 'stages: {hi: {run: [greeter, "${outputs.said}"], outputs: {said: text}}}\n',
    greeter: '#!/bin/sh\nprintf hello > "$1"\n',
    'not-a-program': '',
  });
  const PATH = `${rig.folder}${path.delimiter}/bin${path.delimiter}/usr/bin`;
  for (const command of ['validate', 'plan', 'run']) {
    const missing = await rig.with({PATH}).pipeline(command, 'p.yaml');
    assert.equal(missing.code, 3);
    assert.match(
      missing.stderr,
      /p\.yaml:1:21 error unknown-program: There is no program greeter on the PATH\./,
    );
  }
  assert.deepEqual(await rig.stored('records'), []);
  await chmod(path.join(rig.folder, 'greeter'), 0o755);
  assertOk(await rig.with({PATH}).pipeline('run', 'p.yaml'));
  assert.equal(await result(rig, 'hi.txt'), 'hello');
  await rig.write('p.yaml', 'stages: {hi: {run: [greter], outputs: {}}}\n');
  const misspelt = await rig.with({PATH}).pipeline('run', 'p.yaml');
  assert.match(misspelt.stderr, /no program greter on the PATH\.[^?]*did you mean `greeter`\?/);
});

test('a missing program is reported only if an instance that needs it is not stored', async () => {
  await using rig = await rigWith({
    'p.yaml': `
stages:
  hi: {run: [greeter, "\${outputs.said}", "\${params.who}"], outputs: {said: text}}
params: {who: you}
`,
    greeter: '#!/bin/sh\nprintf "hello %s" "$2" > "$1"\n',
  });
  await chmod(path.join(rig.folder, 'greeter'), 0o755);
  const PATH = `${rig.folder}${path.delimiter}/bin${path.delimiter}/usr/bin`;
  const bare = {PATH: '/bin:/usr/bin'};
  assertOk(await rig.with({PATH}).pipeline('run', 'p.yaml'));
  assertOk(await rig.with(bare).pipeline('run', 'p.yaml'));
  const other = await rig.with(bare).pipeline('run', 'p.yaml', '--set', 'who=all');
  assert.equal(other.code, 3);
  assert.match(other.stderr, /There is no program greeter on the PATH/);
});

test('names in a pipeline may be any, including those of properties that every object has', async () => {
  await using rig = await rigWith({
    'p.yaml': `
params: {constructor: x, toString: [1, 2], __proto__: 3, valueOf: {hasOwnProperty: q}}
stages:
  constructor:
    run: [sh, -c, 'printf "$1 $2 $constructor $__proto__ \${toString-unset}" > outputs/toString.txt', sh,
          "\${params.valueOf.hasOwnProperty}", "\${matrix.toString}"]
    matrix: {toString: "\${params.toString}"}
    outputs: {toString: text}
    environment: ["constructor=\${params.__proto__}", __proto__=p, toString]
  valueOf:
    run: [cp, "\${inputs.constructor}", "\${outputs.hasOwnProperty}"]
    inputs: {constructor: "constructor.toString[toString=2]"}
    outputs: {hasOwnProperty: text}
`,
  });
  assertOk(await rig.pipeline('run', 'p.yaml'));
  assert.equal(await result(rig, 'valueOf.txt'), 'q 2 3 p unset');
  const args = ['constructor[toString=1]', '--set', 'valueOf.hasOwnProperty=r'];
  const {stdout} = await rig.pipeline('why', 'p.yaml', ...args);
  assert.match(stdout, /^run .*\n {7}params\.valueOf\.hasOwnProperty: "q" → "r"\n/);
  const text = await rig.read('p.yaml');
  await rig.write('p.yaml', text.replace('__proto__=p, toString]', '__proto__=p]'));
  assert.match(
    (await rig.pipeline('plan', 'p.yaml')).stdout,
    /\n {7}\$toString: \(not set\) → \(not declared\)\n/,
  );
});
