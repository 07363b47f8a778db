import assert from 'node:assert/strict';
import {test} from 'node:test';
import {wholeOf, type Buffer, type BufferUse} from '../../../../src/tensor/compile/cpu/buffer.ts';
import {roundsOf} from '../../../../src/tensor/compile/cpu/rounds.ts';
import {planWorkspace} from '../../../../src/tensor/compile/cpu/workspace.ts';
import {lower} from '../../../../src/tensor/engines/wasm/lower/lower.ts';
import type {Program} from '../../../../src/tensor/program.ts';
import {studentPrograms, trainingProgram} from '../../../support/engines/learning-programs.ts';

/** The bytes of a program's workspace, and the most bytes that its buffers need at once. */
function workspaceOf(program: Program): {readonly bytes: number; readonly needed: number} {
  const {commands, inputs, outputs} = lower(program, 4);
  const rounds = roundsOf(commands, 1);
  const elsewhere = new Set([...inputs.values(), ...outputs.values()]);
  const {places, shared} = planWorkspace(rounds, elsewhere, 1);
  const used = rounds.map((round) => new Set(round.flatMap(usedBy)));
  const uses = [...places.keys()].map((buffer) => ({
    bytes: 4 * buffer.size,
    first: used.findIndex((of) => of.has(buffer)),
    last: used.findLastIndex((of) => of.has(buffer)),
  }));
  const needed = used.map((_, at) =>
    uses.reduce((sum, {bytes, first, last}) => sum + (first <= at && at <= last ? bytes : 0), 0),
  );
  return {bytes: shared, needed: Math.max(...needed)};
}

function usedBy({reads, writes}: BufferUse): readonly Buffer[] {
  return [...reads, ...writes].map(wholeOf);
}

test('a program takes hardly more memory than its buffers need at once', () => {
  const sizes = {size: 16, channels: 3, batch: 10};
  for (const network of ['ConvNetD2W16', 'ConvNetD3W32', 'ConvNetBN']) {
    const programs = [...studentPrograms(network, sizes), trainingProgram(network, sizes)];
    programs.forEach((program, i) => {
      const {bytes, needed} = workspaceOf(program);
      const more = bytes / needed - 1;
      assert.ok(more < 0.15, `${network}, program ${i}: ${(100 * more).toFixed(1)}% more`);
    });
  }
});
