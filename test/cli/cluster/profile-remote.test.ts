/** The remote cache that a cluster's profile names. */
import assert from 'node:assert/strict';
import {stat} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {LocalBatch} from '../../support/cluster/local-batch.ts';
import {RadosGateway, whyNoGateway} from '../../support/remote/rados-gateway.ts';
import {assertRan, chain} from '../../support/remote/shared-results.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const environment = {PIPELINE_IDLE_MS: '60000'};

/** Lets members fill a remote cache, and asserts what a second store has of it. */
async function shareThrough(batch: LocalBatch): Promise<void> {
  const {rig} = batch;
  await rig.write('p.yaml', chain);
  // The remote cache of the configuration is another one, which cannot be used.
  await rig.write('config/distillery/config.yaml', 'remote: {url: /nowhere, trust: all}\n');
  const run = ['run', 'p.yaml', '--on', 'here'];
  assertRan(await rig.start(run).finished, 4);
  const [name] = await rig.runs();
  const {mode} = await stat(path.join(rig.folder, 'artifacts/runs', name!, 'cluster.yaml'));
  assert.equal((mode & 0o777).toString(8), '600');
  assert.equal(await batch.submissions(), 1);

  const other = ['--store', 'other'];
  const plan = await rig.start(['plan', 'p.yaml', '--on', 'here', ...other]).finished;
  assert.match(plan.stdout, /^hit {4}size .*$/m, plan.stdout + plan.stderr);
  const again = await rig.start([...run, ...other]).finished;
  assertRan(again, 0);
  assert.match(again.stderr, /4 hits/);
  assert.equal(await batch.submissions(), 1);
}

test('members share results through the folder of the profile, which another store uses', async () => {
  await using shared = await TemporaryFolder.create();
  const remote = `remote: {url: ${shared.path}, trust: all, mode: write}\n`;
  await using batch = await LocalBatch.create(environment, undefined, remote);
  await shareThrough(batch);
});

test(
  'members share results through the bucket of the profile, which another store uses',
  {skip: process.env['CI'] === 'true' ? undefined : whyNoGateway()},
  async () => {
    await using gateway = await RadosGateway.start();
    await gateway.makeBucket('results');
    const {endpoint, credentials} = gateway;
    const place = `url: s3://results/main, endpoint: "${endpoint.href}", region: default`;
    const keys = {
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    };
    const remote = `remote: {${place}, trust: all, mode: write}\n`;
    await using batch = await LocalBatch.create({...environment, ...keys}, undefined, remote);
    await shareThrough(batch);
  },
);
