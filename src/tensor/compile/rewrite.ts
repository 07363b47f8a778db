import {Graph} from '../graph.ts';
import type {Value} from '../value.ts';
import {program, type Program, type Step} from '../program.ts';

/** The step that a rule may replace, and its surroundings. */
export interface Rewriting {
  readonly step: Step;
  readonly graph: Graph;
  /** The step's operands in the new graph. */
  readonly operands: readonly Value[];
  /** All earlier steps in the new graph, by their indices. */
  readonly values: readonly Value[];
}

/**
 * The program that a rule makes of another one, step by step: the value that the rule gives stands for the step's, which is
 * computed as before where it gives none. What no output needs any longer is left out.
 */
export function rewrite(
  given: Program,
  rule: (rewriting: Rewriting, index: number) => Value | undefined,
): Program {
  const graph = new Graph();
  const values: Value[] = [];
  given.steps.forEach((step, index) => {
    const operands = step.operands.map((operand) => values[operand]!);
    values.push(
      rule({step, graph, operands, values}, index) ?? graph.apply(step.value.op, operands),
    );
  });
  const outputs = [...given.outputs].map(([name, index]) => [name, values[index]!] as const);
  return program(Object.fromEntries(outputs));
}

/** How often each step is an operand or an output. */
export function usesOf({steps, outputs}: Program): readonly number[] {
  const uses = steps.map(() => 0);
  for (const {operands} of steps) for (const operand of operands) uses[operand]!++;
  for (const output of outputs.values()) uses[output]!++;
  return uses;
}
