import assert from 'node:assert/strict';
import {chmod, stat} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {Gate} from '../../support/program/gate.ts';
import {Rig} from '../../support/program/rig.ts';

/** Runs a pipeline of one stage, which runs a shell script. */
async function runScript(
  rig: Rig,
  script: string,
  rest = 'outputs: {log: text}',
): Promise<{readonly code: number | null; readonly stdout: string}> {
  await rig.write(
    'p.yaml',
    `stages:\n  it:\n    run: [sh, -c, ${JSON.stringify(script)}]\n    ${rest}\n`,
  );
  return await rig.pipeline('run', 'p.yaml');
}

test('another exit code than 0 is a failure that shows the last lines of the log', async () => {
  await using rig = await Rig.create();
  const {code, stdout} = await runScript(
    rig,
    'echo first; echo second >&2; echo x > outputs/log.txt; exit 3',
  );
  assert.equal(code, 1);
  assert.match(stdout, /✗ it failed\. sh ended with exit code 3\.\n {2}│ first\n {2}│ second\n/);
  assert.deepEqual(await rig.stored('records'), []);
  assert.deepEqual(await rig.stored('cas'), []);
  const failed = (await rig.events()).find((event) => event.kind === 'failed');
  assert.deepEqual(failed?.cause, {kind: 'program-failed', program: 'sh', exitCode: 3});
});

test('a signal that ends a program is named', async () => {
  await using rig = await Rig.create();
  const {code, stdout} = await runScript(rig, 'kill -KILL $$');
  assert.equal(code, 1);
  assert.match(stdout, /sh was ended by SIGKILL \(perhaps because memory ran out\)\./);
});

test('a program that runs out of memory is tried again as `retry` says', async () => {
  await using rig = await Rig.create();
  const fill = 'const kept = []; for (;;) kept.push(new Array(1e5).fill(1));';
  await rig.write(
    'p.yaml',
    `
stages:
  it:
    run: [node, --max-old-space-size=8, -e, "${fill}"]
    outputs: {}
    retry: {out-of-memory: 1}
`,
  );
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 1);
  const events = await rig.events();
  assert.equal(events.filter(({kind}) => kind === 'started').length, 2);
  const failed = events.find((event) => event.kind === 'failed');
  assert.deepEqual(failed?.cause, {kind: 'out-of-memory', of: 'heap'});
});

test('outputs that are missing, malformed or no files are not stored', async () => {
  await using rig = await Rig.create();
  const picture = 'outputs: {log: image}';
  const faults: readonly [string, string, RegExp][] = [
    ['true', 'outputs: {log: text}', /The output log was not written\./],
    ['echo no > outputs/log.png', picture, /The output log does not start as a PNG file\./],
    ['mkdir outputs/log.bin', 'outputs: {log: file}', /The output log \(log\.bin\) is a folder/],
    [
      'mkfifo outputs/log.bin',
      'outputs: {log: file}',
      /The output log \(log\.bin\) is a device or/,
    ],
    ['ln -s nowhere outputs/log.txt', 'outputs: {log: text}', /The output log was not written\./],
    [
      "printf '\\377' > outputs/log.txt",
      'outputs: {log: text}',
      /The output log is not UTF-8 text\./,
    ],
  ];
  for (const [script, outputs, message] of faults) {
    const {code, stdout} = await runScript(rig, script, outputs);
    assert.equal(code, 1, script);
    assert.match(stdout, message);
  }
  assert.deepEqual(await rig.stored('records'), []);
  assert.deepEqual(await rig.stored('cas'), []);
});

test('a program that cannot be started is reported in a sentence', async () => {
  await using rig = await Rig.create();
  await rig.write('astray', '#!/nowhere/at/all\n');
  const stages = `
  absent: {run: [/nowhere/at/all], outputs: {}}
  folder: {run: [/], outputs: {}}
  astray: {run: ["\${inputs.it}"], inputs: {it: ./astray}, outputs: {}}
  long: {run: [echo, "\${params.long}"], outputs: {}}
`;
  await rig.write('p.yaml', `params: {long: ${'x'.repeat(200_000)}}\nstages:${stages}`);
  const {code, stdout} = await rig.pipeline('run', 'p.yaml', '--keep-going');
  assert.equal(code, 1);
  assert.match(stdout, /✗ absent failed\. There is no program \/nowhere\/at\/all/);
  assert.match(stdout, /✗ folder failed\. \/ is not a program that may be run\./);
  assert.match(
    stdout,
    /✗ astray failed\. There is no program inputs\/it, or the interpreter in its first line/,
  );
  assert.match(
    stdout,
    /✗ long failed\. The arguments of echo are longer than the system takes: 2000/,
  );
});

test('a file that is edited during the run is not stored under its old digest', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  await rig.write('late.txt', 'before');
  // There is one slot, and the instance with the longer chain downstream starts first.
  await rig.write(
    'p.yaml',
    `
stages:
  first: {uses: say, with: {text: a, gate: "${gate.path}"}}
  second: {uses: measure, inputs: {of: first.out}}
  third: {uses: measure, inputs: {of: second.out}}
  use: {run: [cat, "\${inputs.late}"], inputs: {late: ./late.txt}, outputs: {}}
`,
  );
  const program = rig.start(['run', 'p.yaml', '--jobs', '1', '--keep-going']);
  const first = await gate.arrival();
  await rig.write('late.txt', 'after');
  first.let('go');
  const {code, stdout} = await program.finished;
  assert.equal(code, 1);
  assert.match(stdout, /✗ \.\/late\.txt failed\. .*late\.txt was changed after the run had begun/);
  assert.deepEqual(await rig.stored('fingerprints/file'), []);
  const again = await rig.pipeline('run', 'p.yaml');
  assert.equal(again.code, 0, again.stdout);
});

test('an input that a program overwrites is detected, and made again for the next stage', async () => {
  await using rig = await Rig.create();
  const text = (stages: string): string => `
stages:
  big: {run: [node, -e, "require('fs').writeFileSync('outputs/text.txt', 'a'.repeat(2 ** 21))"], outputs: {text: text}}
  ${stages}
`;
  const spoil = `spoil: {run: [sh, -c, 'chmod u+w "$1" && echo b >> "$1"', sh, "\${inputs.text}"], inputs: {text: big.text}, outputs: {}}`;
  await rig.write('p.yaml', text(spoil));
  const spoilt = await rig.pipeline('run', 'p.yaml');
  assert.equal(spoilt.code, 1);
  assert.match(spoilt.stdout, /✗ spoil failed\. The program wrote to its input text/);
  await rig.write('p.yaml', text('size: {uses: measure, inputs: {of: big.text}}'));
  const {code, stdout} = await rig.pipeline('run', 'p.yaml');
  assert.equal(code, 0, stdout);
  assert.deepEqual((await rig.started()).toSorted(), ['big', 'size']);
  const results = `artifacts/runs/${(await rig.runs()).at(-1)!}/results`;
  assert.equal(await rig.read(`${results}/size.txt`), String(2 ** 21));
});

test('a small input is copied, so a program that overwrites it damages nothing', async () => {
  await using rig = await Rig.create();
  await rig.write(
    'p.yaml',
    `
stages:
  small: {uses: say, with: {text: hello}}
  spoil:
    run: [sh, -c, 'chmod u+w "$1" && printf " all" >> "$1" && cp "$1" outputs/text.txt', sh, "\${inputs.text}"]
    inputs: {text: small.out}
    outputs: {text: text}
  size: {uses: measure, inputs: {of: small.out}}
`,
  );
  const {code, stdout} = await rig.pipeline('run', 'p.yaml');
  assert.equal(code, 0, stdout);
  const results = `artifacts/runs/${(await rig.runs()).at(-1)!}/results`;
  assert.equal(await rig.read(`${results}/spoil.txt`), 'hello all');
  assert.equal(await rig.read(`${results}/size.txt`), '5');
});

test('an output with further hard links is stored as a copy', async () => {
  await using rig = await Rig.create();
  await rig.write('mine.txt', 'mine');
  await chmod(path.join(rig.folder, 'mine.txt'), 0o640);
  await rig.write(
    'p.yaml',
    `
stages:
  hard: {run: [ln, "\${params.mine}", "\${outputs.text}"], outputs: {text: text}}
  soft: {run: [ln, -s, "\${params.mine}", "\${outputs.text}"], outputs: {text: markdown}}
params: {mine: ${rig.folder}/mine.txt}
`,
  );
  const {code, stdout} = await rig.pipeline('run', 'p.yaml');
  assert.equal(code, 0, stdout);
  assert.equal((await stat(path.join(rig.folder, 'mine.txt'))).mode & 0o777, 0o640);
  await rig.write('mine.txt', 'changed');
  const stored = await rig.stored('cas');
  assert.equal(stored.length, 1);
  assert.equal(await rig.read(`artifacts/cas/${stored[0]!}`), 'mine');
});

test('folders that a program has locked are removed all the same', async () => {
  await using rig = await Rig.create();
  const {code} = await runScript(rig, 'mkdir -p a/b && touch a/b/c && chmod 500 a/b a; exit 1');
  assert.equal(code, 1);
  assert.deepEqual(await rig.stored('work'), []);
});
