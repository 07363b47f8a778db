import assert from 'node:assert/strict';
import {test} from 'node:test';
import {findFile} from '../../src/cli/find-file.ts';
import {repositoryFile} from '../support/texts/repository.ts';

test('the word that names the file is kept as it was typed, to be typed again', () => {
  const place = {cwd: repositoryFile(''), packageRoot: repositoryFile('')};
  const shipped = findFile(['expert', 'distillery/quickstart'], place);
  assert.ok(shipped.kind === 'found');
  assert.deepEqual(shipped.named, ['distillery/quickstart']);
  assert.deepEqual(shipped.selectors, ['expert']);
  const own = findFile(['pipelines/quickstart.yaml'], place);
  assert.ok(own.kind === 'found');
  assert.deepEqual(own.named, ['pipelines/quickstart.yaml']);
});
