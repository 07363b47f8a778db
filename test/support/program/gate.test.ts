import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Gate} from './gate.ts';
import {Rig} from './rig.ts';

const waiting = (gate: Gate): string =>
  `stages: {a: {uses: say, with: {text: a, gate: "${gate.path}"}}}\n`;

test('a stage that stands at a gate when it is closed fails', async () => {
  await using rig = await Rig.create();
  const gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', waiting(gate));
  const program = rig.start(['run', 'p.yaml']);
  await gate.arrival();
  await gate[Symbol.asyncDispose]();
  const {code, stdout} = await program.finished;
  assert.equal(code, 1, stdout);
  assert.match(stdout, /The gate was closed\./);
});

test('a test that fails while a stage stands at its gate comes to its end', async () => {
  const failing = async (): Promise<void> => {
    await using rig = await Rig.create();
    await using gate = await Gate.open(rig.folder);
    await rig.write('p.yaml', waiting(gate));
    rig.start(['run', 'p.yaml']);
    await gate.arrival();
    assert.fail('as it is meant to');
  };
  await assert.rejects(failing(), {message: 'as it is meant to'});
});
