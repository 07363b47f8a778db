import assert from 'node:assert/strict';
import fs from 'node:fs';
import {syncBuiltinESMExports} from 'node:module';
import {test} from 'node:test';
import {ifThere, readText} from '../../src/base/read-text.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

/** Makes the next reads fail, as those of a file that another machine has replaced; gives how many files were opened. */
function readingStale(times: number, action: () => void): number {
  const {readFileSync, openSync} = fs;
  let [left, opened] = [times, 0];
  Object.assign(fs, {
    openSync: (...args: Parameters<typeof openSync>) => {
      opened++;
      return openSync(...args);
    },
    readFileSync: (...args: Parameters<typeof readFileSync>) => {
      if (left-- > 0) throw Object.assign(new Error('ESTALE'), {code: 'ESTALE', syscall: 'read'});
      return readFileSync(...args);
    },
  });
  syncBuiltinESMExports();
  try {
    action();
    return opened;
  } finally {
    Object.assign(fs, {readFileSync, openSync});
    syncBuiltinESMExports();
  }
}

test('a file that another machine replaces while it is read is opened once more', async () => {
  await using folder = await TemporaryFolder.create();
  const file = folder.file('note');
  fs.writeFileSync(file, 'text');
  const read = (): string | undefined => ifThere(file, (it) => fs.readFileSync(it, 'utf8'));
  assert.equal(
    readingStale(0, () => assert.equal(readText(file), 'text')),
    1,
  );
  assert.equal(
    readingStale(1, () => assert.equal(readText(file), 'text')),
    2,
  );
  assert.equal(
    readingStale(1, () => assert.equal(read(), 'text')),
    2,
  );
  assert.equal(
    readingStale(2, () => assert.throws(() => readText(file), {code: 'ESTALE'})),
    2,
  );
  assert.equal(
    ifThere(folder.file('none'), () => assert.fail()),
    undefined,
  );
});
