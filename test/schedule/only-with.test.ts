import assert from 'node:assert/strict';
import {readFile, writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {defineContract, type OutputPort} from '../../src/contract/contract.ts';
import {defineStageType, registryOf, type Registry} from '../../src/contract/registry.ts';
import type {StageContext} from '../../src/contract/stage.ts';
import {resultOutputs} from '../../src/journal/collect-results.ts';
import type {InstanceId} from '../../src/pipeline/graph/instance.ts';
import {blobPath} from '../../src/store/layout.ts';
import {media} from '../../stages/shared/media.ts';
import {loadChoice, runInProcess, type RunInProcess} from '../support/rigs/run-in-process.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

const text = {media: 'text', summary: 'a text'} as const;

/** A stage type that writes a word, and writes it into each of the other outputs. */
function stageTypes(
  others: Readonly<Record<string, OutputPort>>,
  made = Object.keys(others),
): Registry {
  const contract = defineContract({
    type: 'word',
    version: 1,
    summary: 'writes a word',
    params: {
      word: {type: 'string', description: 'the word'},
      twice: {type: 'boolean', optional: true, description: 'whether it is written twice'},
    },
    inputs: {of: {...text, optional: true}},
    outputs: {out: text, ...others},
    media,
  });
  const run = async (context: StageContext<typeof contract>): Promise<void> => {
    const {word, twice} = context.params;
    await writeFile(context.output('out'), word);
    for (const name of twice === undefined ? [] : made) {
      await writeFile(context.output(name as 'out'), word + word);
    }
  };
  return registryOf([defineStageType(contract, run)]);
}

const again = {again: {...text, onlyWith: 'twice'}};
const files = (given: string): {readonly 'p.yaml': string} => ({
  'p.yaml': `stages:\n  a: {uses: word, with: {word: ho${given}}}\n`,
});

function finished({events}: RunInProcess): number {
  return events.filter(({kind}) => kind === 'finished').length;
}

test('an output is made only with its parameter', async () => {
  await using folder = await TemporaryFolder.create();
  const store = folder.path;
  const both = {store, stageTypes: stageTypes(again)};
  const {records: without} = await runInProcess({...both, files: files('')});
  assert.deepEqual(Object.keys(without.get('a' as InstanceId)!.outputs), ['out']);
  const {records, outcome} = await runInProcess({...both, files: files(', twice: true')});
  assert.equal(outcome, 'ok');
  const {digest} = records.get('a' as InstanceId)!.outputs['again']!.artifacts[0]!;
  assert.equal(await readFile(blobPath({root: store}, digest), 'utf8'), 'hoho');
});

test('a result from before its stage type had such an output is still found', async () => {
  await using folder = await TemporaryFolder.create();
  const given = {store: folder.path, files: files('')};
  assert.equal(finished(await runInProcess({...given, stageTypes: stageTypes({})})), 1);
  assert.equal(finished(await runInProcess({...given, stageTypes: stageTypes(again)})), 0);
  // One that is always made is missing in that result, and the stage type does not write it.
  const {outcome} = await runInProcess({...given, stageTypes: stageTypes({again: text})});
  assert.equal(outcome, 'failed');
});

test('a stage that does not write an output that its parameter asks for breaks its contract', async () => {
  await using folder = await TemporaryFolder.create();
  const given = {store: folder.path, files: files(', twice: true')};
  const {outcome} = await runInProcess({...given, stageTypes: stageTypes(again, [])});
  assert.equal(outcome, 'failed');
});

test('an output is among the results of a run only if it is made', async () => {
  for (const [given, names] of [
    ['', ['out']],
    [', twice: true', ['out', 'again']],
  ] as const) {
    const {graph} = await loadChoice({files: files(given), stageTypes: stageTypes(again)});
    assert.deepEqual(resultOutputs(graph).get('a' as InstanceId), names);
  }
});

test('a reference to an output that some of the instances do not make is a mistake', async () => {
  const user = '  b: {uses: word, with: {word: hi}, inputs: {of: a.again}}\n';
  const pipeline = (given: string): {readonly 'p.yaml': string} => ({
    'p.yaml': files(given)['p.yaml'] + user,
  });
  const types = {stageTypes: stageTypes(again)};
  await loadChoice({files: pipeline(', twice: true'), ...types});
  await assert.rejects(
    loadChoice({files: pipeline(''), ...types}),
    /p\.yaml:3:\d+ error unknown-output: `a` has the output `again` only with the parameter `twice`\./,
  );
});
