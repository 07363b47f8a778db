import assert from 'node:assert/strict';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {startTfjsEngine} from '../../src/tensor/engines/tfjs/tfjs-engine.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';
import {repositoryFile} from '../support/texts/repository.ts';
import {checkFolder, type CaseResult} from './check.ts';

async function check(folder: string): Promise<readonly CaseResult[]> {
  const results: CaseResult[] = [];
  for await (const result of checkFolder(await startTfjsEngine(), folder)) results.push(result);
  return results;
}

/** Writes a folder with one reference file in which some cases are changed. */
async function changed(
  folder: TemporaryFolder,
  file: string,
  change: (cases: Record<string, unknown>[]) => unknown[],
): Promise<string> {
  const source = repositoryFile(`test/fixtures/reference/${file}`);
  const {cases} = JSON.parse(await readFile(source, 'utf8')) as {cases: Record<string, unknown>[]};
  const copy = path.join(folder.path, file);
  await mkdir(path.dirname(copy), {recursive: true});
  await writeFile(copy, JSON.stringify({cases: change(cases)}));
  return folder.path;
}

test('a wrong number, a wrong parameter name and an unknown network are misses', async () => {
  await using folder = await TemporaryFolder.create();
  const dir = await changed(folder, 'models.json', (cases) => {
    const small = cases.find(({model}) => model === 'ConvNetW32')!;
    const params = small['params'] as {name: string}[];
    return [
      small,
      {...small, loss: (small['loss'] as number) * 1.001},
      {...small, params: params.map((param, i) => (i === 0 ? {...param, name: 'conv'} : param))},
      {...small, model: 'ConvNetD9'},
    ];
  });
  const results = await check(dir);
  assert.deepEqual(
    results.map(({passed}) => passed),
    [true, false, false, false],
  );
  assert.match(results[1]!.worst.what, /loss/);
  assert.match(results[2]!.worst.what, /parameters differ/);
  assert.match(results[3]!.worst.what, /No network is called ConvNetD9/);
});

test('a folder without reference files is an error, not a success', async () => {
  await using folder = await TemporaryFolder.create();
  await assert.rejects(check(folder.path), /holds none of/);
});
