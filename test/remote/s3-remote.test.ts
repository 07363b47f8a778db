import assert from 'node:assert/strict';
import {randomBytes} from 'node:crypto';
import {Readable} from 'node:stream';
import {buffer} from 'node:stream/consumers';
import {test} from 'node:test';
import {digestOf} from '../../src/base/digest.ts';
import {bodyOf} from '../../src/remote/remote.ts';
import {s3Remote} from '../../src/remote/s3-remote.ts';
import {RadosGateway, whyNoGateway} from '../support/remote/rados-gateway.ts';

const missing = whyNoGateway();
const skip = process.env['CI'] === 'true' ? undefined : missing;

test(
  'Ceph’s gateway takes what we sign, and refuses other bytes and other keys',
  {skip},
  async () => {
    await using gateway = await RadosGateway.start();
    await gateway.makeBucket('results');
    const place = {
      bucket: 'results',
      prefix: 'main/of a+b (ü)!',
      endpoint: gateway.endpoint,
      region: 'default',
    };
    const remote = s3Remote(place, () => Promise.resolve(gateway.credentials));
    const bytes = randomBytes(5_000_000);
    const digest = digestOf(bytes);
    const name = `cas/${digest}` as const;
    assert.equal(await remote.get(name), undefined);
    const body = {
      sizeBytes: bytes.length,
      digest,
      open: () => Promise.resolve(Readable.from([bytes])),
    };
    await remote.put(name, body);
    assert.equal(await remote.has(name), true);
    assert.deepEqual(await buffer((await remote.get(name))!), bytes);

    const other = digestOf('other');
    const wrong = {...bodyOf('others'), digest: other};
    await assert.rejects(remote.put(`cas/${other}`, wrong), {kind: 'final', message: /status 400/});
    assert.equal(await remote.has(`cas/${other}`), false);
    const stranger = s3Remote(place, () =>
      Promise.resolve({...gateway.credentials, secretAccessKey: 'guessed'}),
    );
    await assert.rejects(stranger.get(name), {kind: 'final', message: /does not let us in/});
    const record = `ac/${digest}` as const;
    await remote.put(record, bodyOf('{}'));
    assert.equal((await buffer((await remote.get(record))!)).toString(), '{}');
  },
);
