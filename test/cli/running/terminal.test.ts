/** Tests `pipeline run` on a real terminal, which the Linux program `script` provides. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Gate} from '../../support/program/gate.ts';
import {OnTerminal, skipWithoutTerminal} from '../../support/program/on-terminal.ts';
import {Rig} from '../../support/program/rig.ts';

const options = {skip: skipWithoutTerminal};

const pipeline = (gate: string): string => `
stages:
  stored: {uses: say, with: {text: stored}}
  work: {uses: say, matrix: {n: {count: 3}}, with: {text: "t\${matrix.n}", gate: "${gate}"}}
  all: {uses: join, inputs: {parts: ["stored.out", "work.out[*]"]}}
`;

test(
  'while it runs a footer says what runs where, how far all is and what was saved; what stays is a line each',
  options,
  async () => {
    await using rig = await Rig.create();
    await using gate = await Gate.open(rig.folder);
    await rig.write('p.yaml', pipeline(gate.path));
    assert.equal((await rig.pipeline('run', 'p.yaml', 'stored')).code, 0);
    using program = new OnTerminal(rig, 'run p.yaml', 80, 24);
    const both = [await gate.arrival(), await gate.arrival()];
    await program.shows(
      /^✓ 1 stored already\n {2}work\[n=0\] {2}cpu:0 {2}[█░]{10} {2}\d+ s\n {2}work\[n=1\] {2}cpu:1 {2}[█░]{10} {2}\d+ s\n {2}1\/5 done · 1 stored already · 2 running · 2 waiting · \d+ s$/,
    );
    both[0]!.let('go');
    const third = await gate.arrival();
    await program.shows(
      /^✓ 1 stored already\n✓ work\[n=\d\] {2}.*\n {2}work.*\n {2}work.*\n {2}2\/5 done[^\n]*$/,
    );
    both[1]!.let('go');
    third.let('go');
    assert.equal(await program.code, 0);
    const lines = program.terminal.text.split('\n').slice(0, 6);
    assert.deepEqual(lines.map((line) => line.split('  ')[0]!.replace(/ \d.*s:/, ':')).toSorted(), [
      'Done in: 4 ran, 1 stored already.',
      '✓ 1 stored already',
      '✓ all',
      '✓ work[n=0]',
      '✓ work[n=1]',
      '✓ work[n=2]',
    ]);
    // oxlint-disable-next-line no-control-regex -- the pattern matches escape sequences
    assert.match(program.terminal.written, /\u001b\[32m✓\u001b\[39m/);
  },
);

test('a narrow terminal has room for names, percentages and devices', options, async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', pipeline(gate.path));
  using program = new OnTerminal(rig, 'run p.yaml work --jobs 1', 40, 24);
  const first = await gate.arrival();
  await program.shows(
    /^ {2}work\[n=0\] {2}cpu:0 {4}0% {2}\d+ s\n {2}0\/3 done · 1 running · 2 waiting$/,
  );
  first.let('go');
  for (let n = 1; n < 3; n++) (await gate.arrival()).let('go');
  assert.equal(await program.code, 0);
});
