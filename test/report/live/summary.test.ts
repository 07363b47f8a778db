import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {nextCommands} from '../../../src/cli/pipeline/next-commands.ts';
import type {ResultFile} from '../../../src/journal/collect-results.ts';
import {namedFiles, resultsText} from '../../../src/report/live/summary.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

/** Offers a command for the last product of two media. */
const world = {
  commandLine: {program: 'pipeline', words: []},
  cwd: '/',
  usualStore: () => 'artifacts',
  offers: {
    nextSteps: new Map(
      ['set', 'table'].map((media) => [media, {before: ['export'], after: [], purpose: 'use it'}]),
    ),
  },
} as unknown as Parameters<typeof nextCommands>[2];

test('a last screen is the same with the files that it names as with all', async () => {
  await using folder = await TemporaryFolder.create();
  const one = fc.record({
    media: fc.constantFrom('markdown', 'set', 'table', 'image'),
    isProduct: fc.boolean(),
    isFinal: fc.boolean(),
  });
  const files = fc
    .array(one, {maxLength: 40, size: 'max'})
    .map((drawn) =>
      drawn.map((file, at): ResultFile => ({...file, path: folder.file(`${at}`), title: `t${at}`})),
    );
  for (let at = 0; at < 40; at++) await writeFile(folder.file(`${at}`), `table ${at}\n`);
  const screen = async (all: readonly ResultFile[], others = 0): Promise<string> => {
    const results = {files: all, others, gone: []};
    const place = {cwd: folder.path, columns: 80, resultsFolder: folder.path};
    return await resultsText(results, place, nextCommands(results, 'artifacts', world));
  };
  await fc.assert(
    fc.asyncProperty(files, async (all) => {
      const named = namedFiles(all);
      assert.ok(named.length <= 12 + 4 + 4);
      assert.equal(await screen(named, all.length - named.length), await screen(all));
    }),
  );
});
