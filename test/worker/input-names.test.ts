import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import type {Registry} from '../../src/contract/registry.ts';
import {StageError} from '../../src/contract/stage.ts';
import {registry as stageTypes} from '../../stages/registry.ts';
import {runInProcess} from '../support/rigs/run-in-process.ts';
import {registry as scripted} from '../support/registries/scripted-registry.ts';
import {tarBlock, zipOf} from '../support/data/small-archives.ts';
import {byteArray, labelArray} from '../support/data/small-arrays.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

/** Runs a pipeline that fails; gives the warnings and the failures' messages. */
async function toldBy(
  text: string,
  given: {readonly store: string; readonly stageTypes: Registry},
): Promise<readonly string[]> {
  const {outcome, events} = await runInProcess({...given, files: {'p.yaml': text}});
  assert.equal(outcome, 'failed');
  return events.flatMap((event) => {
    if (event.kind === 'warned') return [event.sentence];
    return event.kind === 'failed' && 'message' in event.cause ? [event.cause.message] : [];
  });
}

/** The scripted stage types, except that those which join texts warn about their inputs and fail. */
const complaining: Registry = new Map(
  Array.from(scripted, ([name, type]) => {
    if (name !== 'join' && name !== 'gather') return [name, type];
    const run = async (context: {
      readonly inputs: Readonly<Record<string, readonly string[]>>;
      warn(sentence: string): void;
    }): Promise<void> => {
      const given = context.inputs['parts']!.join(', ');
      context.warn(`looked at ${given}`);
      await Promise.reject(new StageError(`${given}: of no use`));
    };
    return [name, {...type, load: () => Promise.resolve(run)}];
  }),
);

test('a failure and a warning name inputs as the pipeline does, and not the copies in the store', async () => {
  await using folder = await TemporaryFolder.create();
  const file = folder.file('mine.txt');
  await writeFile(file, 'from a file');
  const given = {store: folder.file('store'), stageTypes: complaining};
  const stages = `
  one: {uses: say, with: {text: of one}}
  parts: {uses: split, inputs: {of: one.out}}`;
  for (const [uses, inputs, names] of [
    ['join', `one.out, ${file}`, `one.out, ${file}`],
    ['join', 'parts.out', 'parts.out (number 0), parts.out (number 1)'],
    ['join', 'one.out, parts.out', 'parts (number 0), parts (number 1), parts (number 2)'],
    ['gather', 'one.out, parts.out', 'parts (number 0), parts (number 1), parts (number 2)'],
  ] as const) {
    const last = `{uses: ${uses}, inputs: {parts: [${inputs}]}}`;
    const told = await toldBy(`stages:${stages}\n  last: ${last}\n`, given);
    assert.deepEqual(told, [`looked at ${names}`, `${names}: of no use`]);
  }
});

test('an archive that is refused is called by the name of the file', async () => {
  await using folder = await TemporaryFolder.create();
  const file = path.relative('.', folder.file('pets.tar'));
  await writeFile(file, tarBlock({name: 'train/a/x.png', size: 'zzzzzzzzzzz\0'}));
  const [told] = await toldBy(
    `stages: {pets: {uses: download, with: {dataset: images}, inputs: {archive: ${file}}}}`,
    {store: folder.file('store'), stageTypes},
  );
  assert.match(
    told!,
    /pets\.tar: refused: its entry "train\/a\/x\.png" has a size that is no whole/,
  );
  assert.ok(told!.startsWith(`${file}: `), told);
});

test('the transform of another zca stage is called by its stage, without digests', async () => {
  await using folder = await TemporaryFolder.create();
  const file = path.relative('.', folder.file('own.npz'));
  const x = byteArray(
    [8, 2, 2],
    Uint8Array.from({length: 32}, (_, i) => (i * 41) % 256),
  );
  const files = {'x.npy': x, 'y.npy': labelArray([0, 1, 0, 1, 0, 1, 0, 1])};
  await writeFile(file, zipOf(Object.entries(files).map(([name, content]) => ({name, content}))));
  const text = `stages:
  own: {uses: download, with: {dataset: images, testShare: 0.5}, inputs: {archive: ${file}}}
  a: {uses: zca, inputs: {dataset: own.dataset}}
  b: {uses: zca, inputs: {dataset: own.dataset}, with: {eps: 0.5}}
  c: {uses: coreset, inputs: {dataset: a.dataset, transform: b.transform}}`;
  // The mistake is reported before anything runs.
  await assert.rejects(
    toldBy(text, {store: folder.file('store'), stageTypes}),
    /transformed by `b`, not by `a`\. Both must come from the same zca stage\./,
  );
});
