import assert from 'node:assert/strict';
import {existsSync, readdirSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {costs} from '../../stages/costs.ts';
import {registry} from '../../stages/registry.ts';
import {repositoryFile} from '../support/texts/repository.ts';

const stages = repositoryFile('stages');

/** Gives the folders of `stages` that have a file of this name. */
function foldersWith(file: string): readonly string[] {
  return readdirSync(stages)
    .filter((name) => existsSync(path.join(stages, name, file)))
    .sort();
}

test('each folder with a contract is a stage type that is called like it', () => {
  assert.deepEqual([...registry.keys()], foldersWith('contract.ts'));
});

test('each folder with a cost model has it in the estimates', () => {
  assert.deepEqual([...costs.of.keys()], foldersWith('cost.ts'));
});
