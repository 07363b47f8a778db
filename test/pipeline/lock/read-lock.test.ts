import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {digestOf} from '../../../src/base/digest.ts';
import {keepSources} from '../../../src/cluster/request.ts';
import {DiagnosticLog} from '../../../src/diagnostics/diagnostic.ts';
import {lockText, type Lock, type LockedSource} from '../../../src/pipeline/lock/lock.ts';
import {readLock} from '../../../src/pipeline/lock/read-lock.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

/** A source of 46 values. */
const source: LockedSource = {
  type: 'make',
  params: {sizes: Array.from({length: 40}, (_, index) => index)},
  outputs: {out: [digestOf('made')]},
};

function lockOf(count: number): Lock {
  const ids = Array.from({length: count}, (_, index) => `images[seed=${index}]`);
  return {
    format: 1,
    distillery: '0.1.0',
    engine: {name: 'auto', numerics: 'any'},
    stageTypes: {make: {version: 1}},
    files: {},
    sources: Object.fromEntries(ids.map((id) => [id, source])),
  };
}

test('a lock may be larger than a YAML file and hold more values, also where its text is kept for a cluster', async () => {
  await using folder = await TemporaryFolder.create();
  const lock = lockOf(5000);
  const text = lockText(lock);
  assert.ok(text.length > 3 * 2 ** 20, `${text.length} characters`);
  await writeFile(folder.file('p.lock.json'), text);
  const kept = keepSources();
  for (const readFile of [undefined, kept.readFile]) {
    const log = new DiagnosticLog();
    const read = await readLock(folder.file('p.yaml'), log, readFile);
    assert.deepEqual(log.sorted(), []);
    assert.deepEqual(read?.lock, lock);
  }
  assert.equal(kept.sources()[folder.file('p.lock.json')], text);
});
