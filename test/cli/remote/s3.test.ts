import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Rig} from '../../support/program/rig.ts';
import {RadosGateway, whyNoGateway} from '../../support/remote/rados-gateway.ts';
import {RemoteMachines} from '../../support/remote/remote-machines.ts';

const skip = process.env['CI'] === 'true' ? undefined : whyNoGateway();

test(
  'two machines share results through a bucket of Ceph’s gateway, and a wrong key is told',
  {skip},
  async () => {
    await using rig = await Rig.create();
    await using gateway = await RadosGateway.start();
    await gateway.makeBucket('results');
    await rig.write('p.yaml', 'stages: {said: {uses: say, with: {text: a}}}\n');
    const machines = new RemoteMachines(rig, 's3://results/main');
    const more = [`endpoint: ${gateway.endpoint.href}`, 'region: default'];
    const {accessKeyId, secretAccessKey} = gateway.credentials;
    const keys = {AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey};
    const run = async (
      name: string,
      environment: Readonly<Record<string, string>>,
      writes = false,
    ) => {
      const machine = await machines.machine(name, {writes, more});
      return await machine.rig.with(environment).pipeline('run', 'p.yaml', '--store', name);
    };
    const first = await run('writer', keys, true);
    assert.match(first.stderr, /1 shared/, first.stdout);
    const second = await run('reader', keys);
    assert.match(second.stdout, /: 0 ran, 1 stored already/);
    const third = await run('stranger', {...keys, AWS_SECRET_ACCESS_KEY: 'guessed'});
    assert.match(third.stdout, /: 1 ran\./);
    assert.match(
      third.stderr,
      /left alone from now on: .*does not let us in \(status 403, SignatureDoesNotMatch\)/,
    );
  },
);
