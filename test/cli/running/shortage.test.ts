import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readdirSync} from 'node:fs';
import {test} from 'node:test';
import {Gate, type Arrival} from '../../support/program/gate.ts';
import {Rig} from '../../support/program/rig.ts';

const hasTools = spawnSync('prlimit', ['--version']).error === undefined;

test(
  'where no more files may be opened an instance fails by name, and what runs is finished',
  {skip: !hasTools && 'there is no prlimit'},
  async () => {
    await using rig = await Rig.create();
    await using gate = await Gate.open(rig.folder);
    const say = (text: string): string =>
      `{uses: say, with: {text: ${text}, gate: "${gate.path}"}}`;
    const next = '{uses: measure, inputs: {of: first.out}}';
    await rig.write(
      'p.yaml',
      `stages: {first: ${say('first')}, long: ${say('long')}, next: ${next}}\n`,
    );
    const program = rig.start(['run', 'p.yaml', '--jobs', '2']);
    const arrivals = [await gate.arrival(), await gate.arrival()];
    const named = (name: string): Arrival => arrivals.find((arrival) => arrival.name === name)!;
    const [begun] = await rig.events();
    assert.equal(begun?.kind, 'run-started');
    allowOneMoreFile(begun.head.pid);
    named('first').let('go');
    await program.line('✗ next failed.');
    named('long').let('go');
    const {code, stdout, stderr} = await program.finished;
    assert.equal(code, 1, stdout + stderr);
    assert.equal(stderr, '');
    assert.match(
      stdout,
      /✗ next failed\. No process could be started for it\. No more open files are allowed \(EMFILE\): give --jobs a smaller number, or raise `ulimit -n`\.\n/,
    );
    assert.match(stdout, /✓ long/);
    assert.equal((await rig.events()).at(-1)?.kind, 'run-finished');
    assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  },
);

/** Lowers a process's limit of open files, so that it can open one more file. */
function allowOneMoreFile(pid: number): void {
  const taken = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  let limit = 0;
  for (let free = 0; free < 1; limit++) if (!taken.has(limit)) free++;
  const {status} = spawnSync('prlimit', ['--pid', String(pid), `--nofile=${limit}:`]);
  assert.equal(status, 0);
}
