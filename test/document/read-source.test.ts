import assert from 'node:assert/strict';
import {mkdir, writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {readProfile} from '../../src/cluster/profile/read-profile.ts';
import {DiagnosticLog} from '../../src/diagnostics/diagnostic.ts';
import {argumentSpan} from '../../src/diagnostics/span.ts';
import {readSource} from '../../src/document/read-source.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

test('a folder or a large file in the place of a pipeline or a profile is told in words for both', async () => {
  await using folder = await TemporaryFolder.create();
  const [place, large] = [folder.file('lab.yaml'), folder.file('large.yaml')];
  await mkdir(place);
  await writeFile(large, '#'.repeat(2 ** 20 + 1));
  const log = new DiagnosticLog();
  assert.equal(await readProfile(place, {cwd: folder.path, environment: {}}, log), undefined);
  assert.equal(await readSource(large, argumentSpan(large), log), undefined);
  assert.deepEqual(
    log
      .sorted()
      .map(({message}) => message)
      .sort(),
    [
      `${place} is a folder; a YAML file was expected.`,
      `${large} is larger than 1 MiB, the limit for YAML files.`,
    ].sort(),
  );
});
