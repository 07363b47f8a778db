import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {faultCodes} from '../../dist/src/cli/faults.js';
import {diagnosticCodes} from '../../dist/src/diagnostics/diagnostic.js';
import {cell, table} from './markdown.mjs';

/** The reference page of all diagnostics: meanings from the program, examples from the fixtures of its tests. */
export function diagnosticsPage(root) {
  const folder = path.join(root, 'test/fixtures/diagnostics');
  const sections = Object.entries(diagnosticCodes).map(
    ([code, meaning]) => `## ${code}\n\n${meaning}\n${exampleOf(folder, code)}`,
  );
  const faults = Object.entries(faultCodes).map(([code, says]) => [`\`${code}\``, cell(says)]);
  return `# Diagnostics

A mistake in a pipeline or on the command line is a diagnostic: file, line, column, code and sentence, the line with the place
marked, and, where there is one, a suggestion. A command prints all diagnostics at once, writes nothing, and exits with 3, also
for a mistake in \`--set\`, \`--over\` or a selector. An unknown option, or no pipeline file where one is needed, exits with 2. [Shells, scripts and CI](../scripting.md) describes their form as JSON.

Faults that are in no text have a code, too, which \`--json\` prints:

${table(['code', 'what it says'], faults)}
${sections.join('\n')}`;
}

/** The first diagnostic of that code in the fixture with the code's name. */
function exampleOf(folder, code) {
  const file = path.join(folder, `${code}.yaml`);
  if (!existsSync(file)) return '';
  const [, shown = ''] = readFileSync(file, 'latin1').split('---8<---\n');
  const block = Buffer.from(shown, 'latin1')
    .toString('utf8')
    .split(/\n\n(?=\S)/)
    .find((text) => text.includes(` ${code}: `));
  if (block === undefined) return '';
  return `\n\`\`\`\n${block.trimEnd()}\n\`\`\`\n`;
}
