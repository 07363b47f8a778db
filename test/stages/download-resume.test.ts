import assert from 'node:assert/strict';
import {readdir} from 'node:fs/promises';
import {test} from 'node:test';
import {FileServer} from '../support/rigs/file-server.ts';
import {runInProcess} from '../support/rigs/run-in-process.ts';
import {folderEntries, zipOf} from '../support/data/small-archives.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';
import {registry} from '../../stages/registry.ts';

/** So large that half of it arrives in many pieces. A broken connection may lose the last of them. */
const noise = Uint8Array.from({length: 3_000_000}, (_, i) => 1e4 * Math.sin(i));
const archive = zipOf([
  ...folderEntries('pets/', {train: 2, test: 1}),
  {name: 'pets/noise.bin', content: noise},
]);

test('the next run continues a failed download, and no partial download remains after it', async () => {
  await using folder = await TemporaryFolder.create();
  const ranges: (string | undefined)[] = [];
  await using server = await FileServer.create((request, response) => {
    const {range} = request.headers;
    ranges.push(range);
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    const headers = {etag: '"pets"', 'content-length': archive.length - from};
    if (ranges.length === 1) {
      response.writeHead(200, headers);
      response.write(archive.subarray(0, archive.length / 2), () =>
        setImmediate(() => response.destroy()),
      );
    } else if (ranges.length === 2) response.writeHead(404).end();
    else {
      const last = archive.length - 1;
      response.writeHead(206, {
        ...headers,
        'content-range': `bytes ${from}-${last}/${archive.length}`,
      });
      response.end(archive.subarray(from));
    }
  });
  const source = `${server.url}/pets.zip`;
  const file = `stages: {pets: {uses: download, with: {dataset: images, source: '${source}'}}}\n`;
  const given = {files: {'p.yaml': file}, store: folder.path, stageTypes: registry};
  const failed = await runInProcess(given);
  assert.equal(failed.outcome, 'failed');
  const [key] = await readdir(folder.file('checkpoints'));
  const kept = await readdir(folder.file(`checkpoints/${key}/kept`));
  assert.deepEqual(kept.sort(), ['pets.zip.part', 'pets.zip.part.json']);
  const next = await runInProcess(given);
  assert.equal(next.outcome, 'ok');
  assert.match(ranges[2]!, /^bytes=[1-9]/);
  assert.deepEqual(await readdir(folder.file('checkpoints')), []);
});
