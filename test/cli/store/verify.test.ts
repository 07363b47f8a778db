import assert from 'node:assert/strict';
import {appendFile, chmod, mkdir, readFile, unlink, utimes, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import type {StageRecord} from '../../../src/store/records/record.ts';
import {Gate} from '../../support/program/gate.ts';
import {Rig} from '../../support/program/rig.ts';
import {storeInvariants} from '../../support/laws/store-invariants.ts';

const pipeline = `
stages:
  first: {uses: say, with: {text: abc}}
  size: {uses: measure, inputs: {of: first.out}}
  end: {uses: join, inputs: {parts: [size.out, first.out]}}
`;

interface Stored {
  readonly rig: Rig;
  /** The records of the run, by instance. */
  readonly records: Readonly<Record<string, StageRecord>>;
}

async function stored(): Promise<Stored> {
  const rig = await Rig.create();
  await rig.write('p.yaml', pipeline);
  const {code, stdout, stderr} = await rig.pipeline('run', 'p.yaml');
  assert.equal(code, 0, stdout + stderr);
  const finished = (await rig.events()).flatMap((event) =>
    event.kind === 'finished' ? [[String(event.instance), event.record] as const] : [],
  );
  return {rig, records: Object.fromEntries(finished)};
}

function blobOf({rig, records}: Stored, instance: string): string {
  const {digest} = records[instance]!.outputs['out']!.artifacts[0]!;
  return path.join(rig.folder, 'artifacts/cas', digest.slice(0, 2), digest);
}

/** Overwrites bytes as a failing disk does, without any other change to the file. */
async function rot(file: string, bytes: string): Promise<void> {
  await chmod(file, 0o644);
  await writeFile(file, bytes);
  await utimes(file, 1, 1);
}

test('a whole store is clean, whatever crashes left beside it', async () => {
  const {rig} = await stored();
  await using _ = rig;
  const clean = await rig.pipeline('verify');
  assert.deepEqual(
    [clean.code, clean.stdout],
    [0, 'All is well: 3 results, 4 artifacts, 35 B read.\n'],
  );
  const stray = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  await mkdir(path.join(rig.folder, 'artifacts/cas/e3'), {recursive: true});
  const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  await rig.write(`artifacts/cas/e3/${empty}`, '');
  assert.ok(
    (await rig.stored('cas')).some((file) => file.endsWith(stray)),
    'abc is stored',
  );
  const [run] = await rig.runs();
  await appendFile(path.join(rig.folder, 'artifacts/runs', run!, 'events.jsonl'), '{"at": "20');
  const {code, stdout} = await rig.pipeline('verify');
  assert.equal(code, 0);
  assert.match(stdout, /· 1 artifact belongs to no result \(0 B\)/);
  assert.match(stdout, new RegExp(`The journal of ${run} ends within a line`));
});

test('every kind of damage is found and set aside, and the next run makes exactly that again', async () => {
  const given = await stored();
  const {rig, records} = given;
  await using _ = rig;
  // No stage reads the last result of a pipeline, so only `verify` can find the damage.
  await rot(blobOf(given, 'end'), '3+abd');
  await unlink(blobOf(given, 'size'));
  const found = await rig.pipeline('verify');
  assert.equal(found.code, 4);
  assert.match(
    found.stdout,
    /✗ The artifact cas\/\S+, the output out of join [0-9a-f]{12}, does not match its digest\./,
  );
  assert.match(found.stdout, /✗ The output out of measure [0-9a-f]{12} is gone/);
  assert.match(
    found.stdout,
    /\n2 damaged: 3 results, 3 artifacts, .*\n.*\nTo set all of this aside now, .*: pipeline verify --repair\n$/,
  );
  assert.deepEqual(await rig.stored('quarantine'), []);

  const repaired = await rig.pipeline('verify', '--repair');
  assert.equal(repaired.code, 4);
  assert.match(repaired.stdout, /\n3 files were moved to quarantine\/\. .*\n$/);
  assert.equal((await rig.pipeline('verify')).code, 0);
  const aside = await rig.stored('quarantine');
  const bytes = await Promise.all(aside.map((file) => rig.read(`artifacts/quarantine/${file}`)));
  assert.ok(bytes.includes('3+abd'));
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  assert.deepEqual(await rig.started(), ['size', 'end']);
  assert.equal(await readFile(blobOf(given, 'end'), 'utf8'), '3+abc');
  assert.equal((await storeInvariants({root: path.join(rig.folder, 'artifacts')})).length, 3);
  assert.ok(records['end'] !== undefined);
});

test('cut and grown artifacts are distinguished from other damage, and foreign files are named', async () => {
  const given = await stored();
  const {rig} = given;
  await using _ = rig;
  await rot(blobOf(given, 'first'), 'ab');
  await rot(blobOf(given, 'end'), '3+abcd');
  await rot(blobOf(given, 'size'), '4');
  await rig.write('artifacts/cas/notes.txt', 'mine');
  const shard = path.dirname(blobOf(given, 'first'));
  await writeFile(path.join(shard, 'notes'), 'mine');
  const {code, stdout} = await rig.pipeline('verify');
  assert.equal(code, 4);
  assert.match(stdout, /the output out of say \w+, is cut short: 2 of its 3 bytes are left\.\n/);
  assert.match(
    stdout,
    /the output out of join \w+, is longer than it was: it has 6 bytes, and had 5\.\n/,
  );
  assert.match(stdout, /the output out of measure \w+, does not match its digest\.\n/);
  assert.match(
    stdout,
    /\n· cas\/\w\w\/notes, cas\/notes\.txt are not files of the store, and are left alone\.\n/,
  );
  assert.equal((await rig.pipeline('verify', '--repair')).code, 4);
  assert.equal((await rig.pipeline('verify')).code, 0);
  assert.ok((await rig.stored('cas')).includes('notes.txt'));
});

test('a corrupt record, a record under another key, a wrong fingerprint and wrong framing are found', async () => {
  const {rig, records} = await stored();
  await using _ = rig;
  const file = ({key}: StageRecord): string => `artifacts/records/${key.slice(0, 2)}/${key}.json`;
  const {first, size, end} = records;
  await rig.write(file(first!), '{"format": 1, "ke');
  await rig.write(file(size!), await rig.read(file(end!)));
  await rig.write(`artifacts/fingerprints/join/${end!.key}.json`, '["stage-key",1,{}]');
  const pretended = (await rig.read(file(end!))).replace('"media": "text"', '"media": "image"');
  await rig.write(file(end!), pretended);
  const {code, stdout} = await rig.pipeline('verify', '--repair');
  assert.equal(code, 4);
  assert.equal(
    stdout.match(/✗ The record [0-9a-f]{12} is not a complete record of its key/g)?.length,
    2,
  );
  assert.match(stdout, /✗ The fingerprint of [0-9a-f]{12} does not match its key/);
  assert.match(stdout, /✗ The output out of join [0-9a-f]{12} does not start as a PNG file/);
  assert.equal((await rig.pipeline('verify')).code, 0);
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  assert.deepEqual(await rig.started(), ['first', 'size', 'end']);
});

test('a damaged checkpoint is found, and set aside it leaves the one before', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  const churn = `stages: {long: {uses: churn, with: {text: seed, steps: 6, stopAt: 4, gate: "${gate.path}"}}}\n`;
  await rig.write('p.yaml', churn);
  const run = rig.start(['run', 'p.yaml']);
  const worker = await gate.arrival();
  process.kill(worker.pid, 'SIGKILL');
  assert.equal((await run.finished).code, 1);
  const states = (await rig.stored('checkpoints')).filter((file) => file.endsWith('/0'));
  await rig.write(`artifacts/checkpoints/${states.at(-1)}`, 'no state');
  const {code, stdout} = await rig.pipeline('verify', '--repair');
  assert.equal(code, 4);
  assert.match(stdout, /✗ The checkpoint checkpoints\/[0-9a-f]{64}\/\d+ is damaged\./);
  assert.equal((await rig.pipeline('verify')).code, 0);
  const again = rig.start(['run', 'p.yaml']);
  (await gate.arrival()).let('go');
  assert.equal((await again.finished).code, 0);
  assert.ok((await rig.events()).some(({kind}) => kind === 'resumed'));
});
