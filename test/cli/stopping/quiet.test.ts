import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {Gate} from '../../support/program/gate.ts';
import {Rig} from '../../support/program/rig.ts';

const gateProgram = fileURLToPath(
  new URL('../../support/program/gate-program.js', import.meta.url),
);
const soon = {PIPELINE_QUIET_MS: '500'};

test('the run names an instance that shows no sign of life, and again when it shows one', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  const script = 'node "$1" "$2" one && echo written && node "$1" "$2" two';
  const command = JSON.stringify(['sh', '-c', script, 'sh', gateProgram, gate.path]);
  await rig.write('p.yaml', `stages: {a: {run: ${command}, outputs: {out: text}}}\n`);
  const program = rig.with(soon).start(['run', 'p.yaml']);
  const first = await gate.arrival();
  const printed = await program.line('! a  shows no sign of life: no progress');
  assert.match(printed, /for \d+ ms\. The run does not end it; a `timeout` would end it\n/);
  assert.match((await rig.pipeline('status')).stdout, /a .*no sign of life for /);
  first.let('go');
  await program.line('• a  shows signs of life again');
  (await gate.arrival()).let('go');
  assert.equal((await program.finished).code, 0);
  assert.doesNotMatch((await rig.pipeline('status')).stdout, /no sign of life/);
});

test(
  'an instance that computes without output does not count as quiet',
  {skip: !existsSync('/proc/self/stat') && 'there is no /proc'},
  async () => {
    await using rig = await Rig.create();
    // The script computes for four times as long as an instance must be quiet to be reported.
    const script =
      'end=$(( $(date +%s) + 2 )); while [ $(date +%s) -lt $end ]; do :; done; echo > "$0"';
    const command = JSON.stringify(['sh', '-c', script, '${outputs.out}']);
    await rig.write('p.yaml', `stages: {a: {run: ${command}, outputs: {out: text}}}\n`);
    const {code} = await rig.with(soon).start(['run', 'p.yaml']).finished;
    assert.equal(code, 0);
    assert.ok((await rig.events()).every(({kind}) => kind !== 'quiet'));
  },
);
