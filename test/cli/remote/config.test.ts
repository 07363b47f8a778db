import assert from 'node:assert/strict';
import {stat} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {parsePrivateKey, newKeyPair} from '../../../src/remote/signatures.ts';
import {Rig} from '../../support/program/rig.ts';

const pipeline = 'stages: {said: {uses: say, with: {text: a}}}\n';
const {publicText} = newKeyPair();

/** What `plan` says with a configuration. */
async function planWith(remote: string): Promise<{code: number | null; stderr: string}> {
  await using rig = await Rig.create();
  await rig.write('p.yaml', pipeline);
  await rig.write('config/distillery/config.yaml', remote);
  const there = rig.with({XDG_CONFIG_HOME: path.join(rig.folder, 'config')});
  return await there.pipeline('plan', 'p.yaml', '--no-calibrate');
}

const mistakes: readonly (readonly [config: string, ...says: readonly RegExp[]])[] = [
  ['remote: 5', /`remote` must be a mapping with `url`, got 5/],
  ['remote: {}', /`remote` must have `url`/, /must have `trusted`/],
  [
    'remote: {urll: s3://b, trust: all}',
    /`remote` has no key `urll`/,
    /did you mean|Did you mean|`url`/,
  ],
  ['remote: {url: ftp://a/b, trust: all}', /`url` must be an address that begins with s3/],
  ['remote: {url: "s3://b/%zz", trust: all}', /`url` must be an address/],
  ['remote: {url: "https://me:%@example.org/", trust: all}', /`url` must be an address/],
  ['remote: {url: "http://example.org/c", trust: all}', /is not encrypted/],
  ['remote: {url: /mnt/c, trusted: {lab: abc}}', /A trusted key must be the text that/],
  ['remote: {url: /mnt/c, trust: some}', /`trust` must be all, got "some"/],
  [`remote: {url: /mnt/c, trust: all, trusted: {lab: ${publicText}}}`, /cannot be combined/],
  [
    `remote: {url: /mnt/c, mode: write, trusted: {lab: ${publicText}}}`,
    /`mode: write` needs `sign`/,
  ],
  ['remote: {url: /mnt/c, trust: all, sign: {name: lab}}', /`sign` must have `key`/],
  ['remote: {url: /mnt/c, trust: all, sign: {name: lab, key: /none}}', /\/none cannot be read/],
  ['remote: {url: s3://b/p, endpoint: nowhere, trust: all}', /`endpoint` must be an address/],
  ['remote: {url: /mnt/c, trust: all, keep: expert}', /`keep` must be a list of texts/],
  ['other: 1', /A configuration has no key `other`/],
];

for (const [config, ...says] of mistakes) {
  test(`a mistake in the configuration is told with its place: ${config}`, async () => {
    const {code, stderr} = await planWith(config);
    assert.equal(code, 3, stderr);
    assert.match(stderr, /config\.yaml:1:\d+/);
    for (const sentence of says) assert.match(stderr, sentence);
  });
}

test('a folder that several machines see serves as a remote cache, and one that is missing has nothing', async () => {
  const {code, stderr} = await planWith('remote: {url: /nonexistent/cache, trust: all}');
  assert.equal(code, 0, stderr);
  await using rig = await Rig.create();
  await rig.write('p.yaml', pipeline);
  const shared = path.join(rig.folder, 'shared');
  await rig.write(
    'config/distillery/config.yaml',
    `remote: {url: ${shared}, trust: all, mode: write}\n`,
  );
  const there = rig.with({XDG_CONFIG_HOME: path.join(rig.folder, 'config')});
  const first = await there.pipeline('run', 'p.yaml', '--store', 'one');
  assert.match(first.stdout, /: 1 ran\./);
  const second = await there.pipeline('run', 'p.yaml', '--store', 'two');
  assert.match(second.stdout, /: 0 ran, 1 stored already/);
});

test('a key is made once, for its owner alone, and the printed lines are its use', async () => {
  await using rig = await Rig.create();
  const there = rig.with({XDG_CONFIG_HOME: path.join(rig.folder, 'config')});
  const made = await there.pipeline('key', 'new', 'lab-2026');
  assert.equal(made.code, 0, made.stderr);
  const [, file] = /key: (\S+)}/.exec(made.stdout)!;
  assert.equal((await stat(file!)).mode & 0o777, 0o600);
  assert.notEqual(parsePrivateKey(await rig.read(path.relative(rig.folder, file!))), undefined);
  const [, line] = /(trusted: .*)/.exec(made.stdout)!;
  await rig.write('p.yaml', pipeline);
  await rig.write('config/distillery/config.yaml', `remote: {url: /nonexistent, ${line}}\n`);
  assert.equal((await there.pipeline('plan', 'p.yaml', '--no-calibrate')).code, 0);
  const {stdout} = await there.pipeline('key', 'new', 'ci', '--json');
  assert.deepEqual(Object.keys(JSON.parse(stdout) as object), ['name', 'file', 'public']);
  const again = await there.pipeline('key', 'new', 'lab-2026');
  assert.equal(again.code, 2);
  assert.match(again.stderr, /it stays/);
  assert.equal((await there.pipeline('key', 'new', '../x')).code, 2);
});

test('push and pull say where a remote cache would be configured', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', pipeline);
  const there = rig.with({XDG_CONFIG_HOME: path.join(rig.folder, 'config')});
  for (const command of ['push', 'pull']) {
    const {code, stderr} = await there.pipeline(command, 'p.yaml');
    assert.equal(code, 2);
    assert.match(
      stderr,
      /No remote cache is configured: neither distillery\.yaml nor .*config\.yaml has `remote`/,
    );
  }
});
