import {statSync} from 'node:fs';
import path from 'node:path';
import type {Command} from '../../contract/command.ts';
import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import type {Instance} from '../graph/instance.ts';

/**
 * Warns of files that a program is given by their names in its folder and that are no inputs, such as the script in
 * `[python3, train.py]`: the stage does not run again when one changes.
 */
export function warnUncovered(instances: readonly Instance[], log: DiagnosticLog): void {
  const seen = new Set<string>();
  for (const {folder, params, inputs, programAt, stage} of instances) {
    if (folder === undefined || programAt === undefined) continue;
    const {arguments: words, folder: shown} = params as Command;
    const covered = new Set(
      Object.values(inputs).flatMap((refs) => refs.map(({instance}) => path.resolve(instance))),
    );
    for (const [index, word] of words.entries()) {
      if (typeof word !== 'string' || (index === 0 && !word.includes('/'))) continue;
      const file = path.resolve(folder, word);
      if (covered.has(file) || seen.has(`${stage} ${file}`)) continue;
      seen.add(`${stage} ${file}`);
      if (path.relative(folder, file).startsWith('..') || !isFile(file)) continue;
      const name = path
        .basename(word)
        .replace(/\.[^.]*$/, '')
        .replace(/[^A-Za-z0-9_-]+/g, '-');
      const message = `${word} is no input of \`${stage}\`, so the stage does not run again when that file changes.`;
      const input = `inputs: {${name || 'script'}: ${path.posix.join(shown!, word).replace(/^(?![./])/, './')}}`;
      log.warning('uncovered-file', programAt, message, {
        notes: [{message: `as an input it is part of the key: \`${input}\``}],
        about: word,
      });
    }
  }
}

function isFile(file: string): boolean {
  try {
    return statSync(file).isFile();
  } catch {
    // What cannot be looked at is some other text.
    return false;
  }
}
