/** `pipeline run` on a real terminal, which the program `script` of Linux lends. */
import assert from 'node:assert/strict';
import {spawn, spawnSync, type ChildProcess} from 'node:child_process';
import {EventEmitter, once} from 'node:events';
import {test} from 'node:test';
import {Gate} from '../support/gate.ts';
import {Rig} from '../support/rig.ts';
import {Terminal} from '../support/terminal.ts';

const {stdout} = spawnSync('sh', ['-c', 'script --version'], {encoding: 'utf8'});
const options = stdout.includes('util-linux') ? {} : {skip: 'there is no `script` of util-linux'};

/** The program on a terminal of this size. */
class OnTerminal implements Disposable {
  readonly terminal: Terminal;
  readonly code: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #changes = new EventEmitter();
  #ended = false;

  constructor(rig: Rig, args: string, columns: number, rows: number) {
    this.terminal = new Terminal(columns, rows);
    const command = `stty cols ${columns} rows ${rows}; exec ${process.execPath} ${Rig.program} ${args}`;
    const child = spawn('script', ['-qefc', command, '/dev/null'], {
      cwd: rig.folder,
      env: {...process.env, TERM: 'xterm', NO_COLOR: ''},
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child = child;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.terminal.write(text);
      this.#changes.emit('change');
    });
    this.code = once(child, 'close').then(([code]: unknown[]) => {
      this.#ended = true;
      this.#changes.emit('change');
      return code as number | null;
    });
  }

  /** Waits until the screen shows what is looked for. Rejects if the program ends without it. */
  async shows(what: RegExp): Promise<void> {
    while (!what.test(this.terminal.text)) {
      assert.ok(!this.#ended, `No ${what.source} on:\n${this.terminal.text}`);
      await once(this.#changes, 'change');
    }
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL');
  }
}

const pipeline = (gate: string): string => `
stages:
  stored: {uses: say, with: {text: stored}}
  work: {uses: say, matrix: {n: {count: 3}}, with: {text: "t\${matrix.n}", gate: "${gate}"}}
  all: {uses: join, inputs: {parts: ["stored.out", "work.out[*]"]}}
`;

test(
  'while it runs a footer says what runs where, how far all is and what was saved; what stays is a line each',
  options,
  async () => {
    await using rig = await Rig.create();
    await using gate = await Gate.open(rig.folder);
    await rig.write('p.yaml', pipeline(gate.path));
    assert.equal((await rig.pipeline('run', 'p.yaml', 'stored')).code, 0);
    using program = new OnTerminal(rig, 'run p.yaml', 80, 24);
    const both = [await gate.arrival(), await gate.arrival()];
    await program.shows(
      /^✓ 1 stored already\n {2}work\[n=0\] {2}cpu:0 {2}[█░]{10} {2}\d+ s\n {2}work\[n=1\] {2}cpu:1 {2}[█░]{10} {2}\d+ s\n {2}1\/5 done · 1 stored already · 2 running · 2 waiting · \d+ s$/,
    );
    both[0]!.let('go');
    const third = await gate.arrival();
    await program.shows(
      /^✓ 1 stored already\n✓ work\[n=\d\] {2}.*\n {2}work.*\n {2}work.*\n {2}2\/5 done[^\n]*$/,
    );
    both[1]!.let('go');
    third.let('go');
    assert.equal(await program.code, 0);
    const lines = program.terminal.text.split('\n').slice(0, 6);
    assert.deepEqual(lines.map((line) => line.split('  ')[0]!.replace(/ \d.*s:/, ':')).toSorted(), [
      'Done in: 4 ran, 1 stored already.',
      '✓ 1 stored already',
      '✓ all',
      '✓ work[n=0]',
      '✓ work[n=1]',
      '✓ work[n=2]',
    ]);
    // oxlint-disable-next-line no-control-regex -- what colour is made of
    assert.match(program.terminal.written, /\u001b\[32m✓\u001b\[39m/);
  },
);

test('a narrow terminal has room for names, percentages and devices', options, async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', pipeline(gate.path));
  using program = new OnTerminal(rig, 'run p.yaml work --jobs 1', 40, 24);
  const first = await gate.arrival();
  await program.shows(
    /^ {2}work\[n=0\] {2}cpu:0 {4}0% {2}\d+ s\n {2}0\/3 done · 1 running · 2 waiting$/,
  );
  first.let('go');
  for (let n = 1; n < 3; n++) (await gate.arrival()).let('go');
  assert.equal(await program.code, 0);
});
