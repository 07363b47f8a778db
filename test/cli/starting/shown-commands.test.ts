import assert from 'node:assert/strict';
import {test} from 'node:test';
import {readUserPages} from '../../support/rigs/pages.ts';
import {faultOf, wordsOf} from '../../support/texts/command-lines.ts';

/** Gives the command lines in a page's code that call `pipeline`, without those that contain placeholders. */
function commandLines(text: string): readonly string[] {
  const fenced = Array.from(text.matchAll(/^```sh\n(.*?)^```/gms), (match) => match[1]!);
  const inline = Array.from(text.replaceAll(/^```.*?^```/gms, '').matchAll(/`([^`]+)`/g), (match) =>
    match[1]!.replaceAll(/\s+/g, ' '),
  );
  return [...fenced.join('\n').split('\n'), ...inline]
    .flatMap((line) => line.replace(/(^|\s)#.*/, '').split(/&&|\|\||;|\s\|\s|\s>+\s/))
    .map((line) => line.trim())
    .filter((line) => /^(npx )?pipeline +[a-z-]/.test(line) && !/…|\[(?!\w+=)/.test(line));
}

test('every command line that the pages show is understood', async () => {
  const lines = readUserPages().flatMap(({file, text}) =>
    commandLines(text).map((line) => ({file, line})),
  );
  assert.ok(lines.length >= 40, `only ${lines.length} were found`);
  const faults: string[] = [];
  for (const {file, line} of lines) {
    const fault = await faultOf(wordsOf(line));
    if (fault !== undefined) faults.push(`${file}: ${line}: ${fault}`);
  }
  assert.deepEqual(faults, []);
});

test('the check finds command lines that the program refuses, and skips those with placeholders', async () => {
  const text =
    '```sh\nnpm ci && npx pipeline rum a.yaml # twice\npipeline run a.yaml --sett a=1 | head\n' +
    "npx pipeline run 'a b.yaml' 'expert[seed=1]'\n```\n`pipeline plan [FILE]`, `pipeline\nplan a.yaml`, `pipeline.yaml`\n";
  const lines = commandLines(text);
  assert.deepEqual(lines, [
    'npx pipeline rum a.yaml',
    'pipeline run a.yaml --sett a=1',
    "npx pipeline run 'a b.yaml' 'expert[seed=1]'",
    'pipeline plan a.yaml',
  ]);
  assert.deepEqual(wordsOf(lines[2]!), ['run', 'a b.yaml', 'expert[seed=1]']);
  const faults = await Promise.all(lines.map((line) => faultOf(wordsOf(line))));
  assert.match(faults[0]!, /unknown command 'rum'/);
  assert.match(faults[1]!, /unknown option '--sett'/);
  assert.deepEqual(faults.slice(2), [undefined, undefined]);
});
