/** The promises of every pass on programs. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type {Program} from '../../../src/tensor/program.ts';
import {run64} from '../engines/float64.ts';
import {studentPrograms} from '../engines/learning-programs.ts';
import {randomProgram} from '../engines/random-program.ts';
import {waves} from '../texts/waves.ts';

/** Checks that a pass keeps the outputs' names, adds no inputs, and leaves no step that no output needs. */
export function checkPass(
  pass: (program: Program) => Program,
  given: Program,
  data: Readonly<Record<string, Float64Array>>,
): Program {
  const result = pass(given);
  const needed = new Set(result.outputs.values());
  for (let index = result.steps.length - 1; index >= 0; index--) {
    const {operands} = result.steps[index]!;
    assert.ok(needed.has(index), `nothing needs step ${index}`);
    for (const operand of operands) {
      assert.ok(operand < index, 'operands come first');
      needed.add(operand);
    }
  }
  const [before, after] = [run64(given, data), run64(result, data)];
  assert.deepEqual(Object.keys(after), Object.keys(before));
  for (const [name, numbers] of Object.entries(before)) {
    const largest = numbers.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-3);
    numbers.forEach((x, i) => {
      assert.ok(Math.abs(x - after[name]![i]!) <= 1e-9 * largest, `${name}[${i}]`);
    });
  }
  return result;
}

/** Checks a pass on random programs. */
export function checkOnRandomPrograms(pass: (program: Program) => Program): void {
  fc.assert(
    fc.property(randomProgram, ({program, data}) => {
      checkPass(pass, program, data);
    }),
    {numRuns: 100},
  );
}

/** Checks a pass on the programs of a small student, and gives its results. */
export function checkOnStudent(pass: (program: Program) => Program): readonly Program[] {
  return studentPrograms('ConvNetD2W8', {size: 8, channels: 1, batch: 2}).map((program) =>
    checkPass(pass, program, waves(program.inputs)),
  );
}
