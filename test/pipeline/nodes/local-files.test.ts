import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Digest} from '../../../src/base/digest.ts';
import {DiagnosticLog} from '../../../src/diagnostics/diagnostic.ts';
import {argumentSpan} from '../../../src/diagnostics/span.ts';
import {LocalFiles} from '../../../src/pipeline/nodes/local-files.ts';

test('files are in the order in which they are referred to, whichever is read first', async () => {
  const files = new LocalFiles();
  const names = ['/d', '/none', '/c', '/b', '/a'];
  for (const name of names) files.refer(name, argumentSpan(name));
  const log = new DiagnosticLog();
  let release: () => void = () => undefined;
  const last = new Promise<void>((resolve) => (release = resolve));
  const read: string[] = [];
  const instances = await files.instances(log, async (path) => {
    // The first file is read completely only after the last one, so that reading ends in another order than it began.
    if (path === '/d') await last;
    read.push(path);
    if (path === '/a') release();
    if (path === '/none') throw Object.assign(new Error('none'), {code: 'EACCES'});
    return path as Digest;
  });
  assert.equal(read.at(-1), '/d');
  assert.deepEqual(
    instances.map(({id}) => id),
    ['/d', '/c', '/b', '/a'],
  );
  assert.deepEqual(
    log.sorted().map(({message}) => message),
    ['/none cannot be read (EACCES).'],
  );
});
