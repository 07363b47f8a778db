import {statSync} from 'node:fs';
import path from 'node:path';
import type {Command} from '../../contract/command.ts';
import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import type {Instance, OutputRef} from '../graph/instance.ts';

/**
 * Warns of files that a program is given by their names in its folder and that are no inputs, such as the script in
 * `[python3, train.py]`: the stage does not run again when one changes.
 */
export function warnUncovered(instances: readonly Instance[], log: DiagnosticLog): void {
  const seen = new Set<string>();
  const areFiles = new Map<string, boolean>();
  const inputs = new InputPaths();
  for (const instance of instances) {
    const {folder, params, programAt, stage} = instance;
    if (folder === undefined || programAt === undefined) continue;
    const {arguments: words, folder: shown} = params as Command;
    for (const [index, word] of words.entries()) {
      if (typeof word !== 'string' || (index === 0 && !word.includes('/'))) continue;
      const file = path.resolve(folder, word);
      if (seen.has(`${stage} ${file}`) || path.relative(folder, file).startsWith('..')) continue;
      if (!areFiles.has(file)) areFiles.set(file, isFile(file));
      if (areFiles.get(file) !== true || inputs.have(file, instance)) continue;
      seen.add(`${stage} ${file}`);
      const message = `${word} is no input of \`${stage}\`, so the stage does not run again when that file changes.`;
      log.warning('uncovered-file', programAt, message, {
        notes: [{message: `as an input it is part of the key: \`${inputOf(word, shown!)}\``}],
        about: word,
      });
    }
  }
}

/**
 * The paths of instances' inputs. Instances with the same inputs share the list, so all-to-all connections cost the sum of
 * both sides, not their product.
 */
class InputPaths {
  readonly #known = new WeakMap<readonly OutputRef[], ReadonlySet<string>>();

  have(file: string, {inputs}: Instance): boolean {
    return Object.values(inputs).some((refs) => this.#pathsOf(refs).has(file));
  }

  #pathsOf(refs: readonly OutputRef[]): ReadonlySet<string> {
    const known = this.#known.get(refs);
    if (known !== undefined) return known;
    const paths = new Set(refs.map(({instance}) => path.resolve(instance)));
    this.#known.set(refs, paths);
    return paths;
  }
}

/** @param shown the folder, from the pipeline file that contains the stage */
function inputOf(word: string, shown: string): string {
  const name = path
    .basename(word)
    .replace(/\.[^.]*$/, '')
    .replace(/[^A-Za-z0-9_-]+/g, '-');
  const file = path.isAbsolute(word) ? word : path.posix.join(shown, word);
  return `inputs: {${name || 'script'}: ${file.replace(/^(?![./])/, './')}}`;
}

function isFile(file: string): boolean {
  try {
    return statSync(file).isFile();
  } catch {
    // What cannot be looked at is some other text.
    return false;
  }
}
