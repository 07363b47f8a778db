import {Graph} from '../graph.ts';
import type {Value} from '../value.ts';
import {program, type Program, type Step} from '../program.ts';

/** The step that a rule may replace, with its surroundings. */
export interface Rewriting {
  readonly step: Step;
  readonly graph: Graph;
  /** The step's operands in the new graph. */
  readonly operands: readonly Value[];
  /** All earlier steps in the new graph, by index. */
  readonly values: readonly Value[];
}

/**
 * Applies a rule to every step of a program: the rule's value replaces the step's; if the rule gives none, the step
 * stays. Steps that no output needs any more are dropped.
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

/** The steps that each step is an operand of. */
export function usersOf({steps}: Program): readonly (readonly number[])[] {
  const users = steps.map((): number[] => []);
  steps.forEach(({operands}, index) => {
    for (const operand of new Set(operands)) users[operand]!.push(index);
  });
  return users;
}

/** The number of uses of each step, as an operand or as an output. */
export function usesOf({steps, outputs}: Program): readonly number[] {
  const uses = steps.map(() => 0);
  for (const {operands} of steps) for (const operand of operands) uses[operand]!++;
  for (const output of outputs.values()) uses[output]!++;
  return uses;
}
