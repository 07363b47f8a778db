import assert from 'node:assert/strict';
import {test} from 'node:test';
import {digestOf} from '../../src/base/digest.ts';
import {readSigned, writeSigned} from '../../src/remote/signed-record.ts';
import {
  newKeyPair,
  parsePrivateKey,
  parsePublicKey,
  publicTextOf,
  type Signer,
} from '../../src/remote/signatures.ts';
import type {Key, StageRecord} from '../../src/store/records/record.ts';

const key = digestOf('key') as string as Key;
const outputs = {out: {media: 'text'}};
const other = digestOf('other') as string as Key;
const record: StageRecord = {
  format: 1,
  key,
  type: 'echo',
  outputs: {out: {media: 'text', artifacts: [{digest: digestOf('x'), sizeBytes: 1}]}},
  attempt: 'a',
  startedAt: '2026-01-01T00:00:00.000Z',
  finishedAt: '2026-01-01T00:00:01.000Z',
  durationMs: 1000,
  host: 'h',
  node: 'v20',
  provenance: {},
};

function signerCalled(name: string): {signer: Signer; trusted: Map<string, Signer['key']>} {
  const {privatePem, publicText} = newKeyPair();
  const signer = {name, key: parsePrivateKey(privatePem)!};
  assert.equal(publicTextOf(signer.key), publicText);
  return {signer, trusted: new Map([[name, parsePublicKey(publicText)!]])};
}

test('a record that a trusted key signed is believed', () => {
  const {signer, trusted} = signerCalled('lab');
  const read = readSigned(writeSigned(record, signer), {key, outputs}, trusted);
  assert.deepEqual(read, {kind: 'record', record});
});

test('nothing else is believed: unsigned, edited, of another key or signer, or no record', () => {
  const {signer, trusted} = signerCalled('lab');
  const {signer: stranger} = signerCalled('lab');
  const whole = writeSigned(record, signer);
  const edited = whole.replace('\\"durationMs\\":1000', '\\"durationMs\\":1001');
  assert.notEqual(edited, whole);
  const renamed = whole.replace('"lab"', '"__proto__"');
  const why = (text: string, of = key): string => {
    const read = readSigned(text, {key: of, outputs}, trusted);
    return read.kind === 'record' ? 'believed' : read.why;
  };
  assert.equal(why(writeSigned(record, undefined)), 'was signed by nobody');
  assert.equal(why(writeSigned(record, stranger)), 'was signed by nobody who is trusted');
  assert.equal(why(edited), 'was signed by nobody who is trusted');
  assert.match(why(renamed), /^was signed by nobody/);
  assert.equal(why(whole, other), 'is not a record of this key');
  for (const text of ['', 'null', '[]', '{"record": 1, "signatures": {}}', whole.slice(0, -1)]) {
    assert.equal(why(text), 'is not a record', text);
  }
});

test('a record with other outputs than its stage is not believed, whoever signed it', () => {
  const {signer, trusted} = signerCalled('lab');
  const {out} = record.outputs;
  const [artifact] = out!.artifacts;
  const outputsOf: readonly StageRecord['outputs'][] = [
    {},
    {out: out!, '../../above': out!},
    {out: out!, ['__proto__']: out!},
    {out: {...out!, media: 'image'}},
    {out: {...out!, artifacts: []}},
    {out: {...out!, artifacts: [{...artifact!, sizeBytes: -1}]}},
    {out: {...out!, artifacts: [{...artifact!, sizeBytes: Number.NaN}]}},
  ];
  for (const odd of outputsOf) {
    const text = writeSigned({...record, outputs: odd}, signer);
    assert.equal(readSigned(text, {key, outputs}, trusted).kind, 'refused', text);
  }
});

test('where all are trusted an unsigned record is believed, but not one of another key', () => {
  const text = writeSigned(record, undefined);
  assert.equal(readSigned(text, {key, outputs}, 'all').kind, 'record');
  assert.equal(readSigned(text, {key: other, outputs}, 'all').kind, 'refused');
});

test('what is no key of Ed25519 is told as such', () => {
  assert.equal(parsePublicKey('AAAA'), undefined);
  assert.equal(parsePublicKey(`${'A'.repeat(43)} `), undefined);
  assert.equal(
    parsePrivateKey('-----BEGIN PRIVATE KEY-----\nxx\n-----END PRIVATE KEY-----'),
    undefined,
  );
});
