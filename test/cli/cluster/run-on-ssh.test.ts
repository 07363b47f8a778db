/** A run on hosts that a real server of SSH stands for. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {skipWithoutSshd, SshdRig} from '../../support/cluster/sshd-rig.ts';
import {Rig} from '../../support/program/rig.ts';

const pipeline = `
stages:
  word: {uses: say, matrix: {of: [a, b, c, d]}, with: {text: "\${matrix.of}"}}
  joined: {uses: join, inputs: {parts: "word.out[*]"}}
`;

test('members over SSH compute a pipeline, one on each host', {skip: skipWithoutSshd}, async () => {
  await using server = await SshdRig.start();
  await using rig = await Rig.create();
  await rig.write('p.yaml', pipeline);
  const profile = {
    kind: 'ssh',
    hosts: server.hosts,
    options: server.options,
    setup: 'export PIPELINE_STOP_POLL_MS=200\n',
    pools: {any: {cpus: 2, takes: 'cpu'}},
  };
  // JSON is YAML.
  await rig.write('clusters/lab.yaml', JSON.stringify(profile));
  const ran = await rig.start(['run', 'p.yaml', '--on', 'lab']).finished;
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  assert.match(ran.stdout, /^• 2 members of any submitted as /m);
  assert.match(ran.stdout, /^Done in .*: 5 ran\.$/m);
  const listed = /^Results in (\S+)\n {2}(\S+)$/m.exec(ran.stdout)!;
  assert.equal(await rig.read(`${listed[1]!}/${listed[2]!}`), 'a+b+c+d');
});
