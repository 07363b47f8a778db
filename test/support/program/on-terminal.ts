import assert from 'node:assert/strict';
import {spawn, spawnSync, type ChildProcess} from 'node:child_process';
import {EventEmitter, once} from 'node:events';
import {Rig} from './rig.ts';
import {Terminal} from '../rigs/terminal.ts';

const {stdout} = spawnSync('sh', ['-c', 'script --version'], {encoding: 'utf8'});

/**
 * Whether to skip a test that needs a real terminal, in the form of `node:test`: Linux's program `script` provides one.
 */
export const skipWithoutTerminal: string | false = stdout.includes('util-linux')
  ? false
  : 'there is no `script` of util-linux';

/** The program on a terminal of a given size. */
export class OnTerminal implements Disposable {
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
      this.terminal.receive(text);
      this.#changes.emit('change');
    });
    this.code = once(child, 'close').then(([code]: unknown[]) => {
      this.#ended = true;
      this.#changes.emit('change');
      return code as number | null;
    });
  }

  /** Waits until the screen matches. Rejects if the program ends without a match. */
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
