import {chmod, mkdir, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';

/** Programs that a test has written, first on the `PATH`, with a list of their calls. */
export class ScriptedPrograms {
  readonly environment: Readonly<Record<string, string>>;
  readonly #calls: string;

  private constructor(folder: string) {
    this.#calls = path.join(folder, 'calls');
    this.environment = {PATH: `${path.join(folder, 'bin')}:${process.env['PATH']}`};
  }

  /** @param programs by name the lines of a shell script; `$calls` is a file in which each call is a line of words */
  static async create(
    folder: string,
    programs: Readonly<Record<string, string>>,
  ): Promise<ScriptedPrograms> {
    const scripted = new ScriptedPrograms(folder);
    await mkdir(path.join(folder, 'bin'), {recursive: true});
    for (const [name, text] of Object.entries(programs)) {
      const file = path.join(folder, 'bin', name);
      // One write: calls at the same time must not mix their words.
      const note = `words=$(printf '%s\\037' ${name} "$@"); printf '%s\\n' "$words" >>"$calls"`;
      await writeFile(file, `#!/bin/sh\ncalls='${scripted.#calls}'\n${note}\n${text}\n`);
      await chmod(file, 0o755);
    }
    return scripted;
  }

  /** The words of each call so far, in their order; of one program, or of all. */
  async calls(program?: string): Promise<readonly (readonly string[])[]> {
    const text = await readFile(this.#calls, 'utf8').catch(() => '');
    const calls = text
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split('\u001f').slice(0, -1));
    return calls.filter(([name]) => program === undefined || name === program);
  }
}
