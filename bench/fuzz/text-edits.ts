import type {Random} from '../../src/learning/random.ts';
import {pick} from './document-nodes.ts';

/** Mistakes in the text itself, which no document can represent. */
export const textEdits: readonly ((random: Random, text: string) => string)[] = [
  (_, text) => `\ufeff${text}`,
  (_, text) => text.replaceAll('\n', '\r\n'),
  (_, text) => `%YAML 1.2\n---\n${text}...\n`,
  (_, text) => text.trimEnd(),
  (random, text) => text.slice(0, random.integer(text.length + 1)),
  (random, text) => lineChanged(random, text, () => ''),
  (random, text) => lineChanged(random, text, (line) => `${line}${line}`),
  (random, text) => lineChanged(random, text, (line) => ` ${line}`),
  (random, text) => lineChanged(random, text, (line) => `\t${line}`),
  (random, text) => lineChanged(random, text, (line) => line.replace(':', '')),
  (random, text) => {
    const at = random.integer(text.length + 1);
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      ':',
      ': ',
      '&a ',
      '*a ',
      '|',
      '>',
      '\u0000',
      '\u2028',
      '#',
      '"',
      '---\n',
    ];
    return text.slice(0, at) + pick(random, pieces) + text.slice(at + random.integer(2));
  },
];

function lineChanged(random: Random, text: string, change: (line: string) => string): string {
  const lines = text.split(/(?<=\n)/);
  const at = random.integer(lines.length);
  return lines.map((line, index) => (index === at ? change(line) : line)).join('');
}
