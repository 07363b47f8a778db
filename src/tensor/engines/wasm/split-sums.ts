/**
 * Sums over images and over their pixels, as sums over the pixels of each image and a sum of those: what goes through the
 * images one by one can then take them along, beside the sums that normalisation needs.
 */
import type {OpOf} from '../../op.ts';
import type {Program, Step} from '../../program.ts';
import type {Shape} from '../../shape.ts';

export function splitSums(program: Program): Program {
  const steps: Step[] = [];
  /** By the index of a step before, its index now. */
  const moved: number[] = [];
  program.steps.forEach((step, index) => {
    const operands = step.operands.map((operand) => moved[operand]!);
    const {value} = step;
    const {op} = value;
    const [from] = operands;
    const isSplit = op.kind === 'sum' && isOverImages(op, steps[from!]!.value.shape);
    if (!isSplit) {
      moved[index] = steps.push({...step, operands}) - 1;
      return;
    }
    const pixels = op.axes.filter((axis) => axis !== 0);
    const {shape} = steps[from!]!.value;
    const perImage = {
      ...value,
      op: {...op, axes: pixels},
      shape: shape.filter((_, axis) => !pixels.includes(axis)),
    };
    const first = steps.push({value: perImage, operands, lastUses: []}) - 1;
    const all = {...value, op: {...op, axes: [0]}};
    moved[index] = steps.push({value: all, operands: [first], lastUses: []}) - 1;
  });
  const outputs = [...program.outputs].map(([name, index]) => [name, moved[index]!] as const);
  return {steps, inputs: program.inputs, outputs: new Map(outputs)};
}

/** Whether it sums over several images, and over several pixels of each. */
function isOverImages({axes}: OpOf<'sum'>, shape: Shape): boolean {
  const wide = axes.filter((axis) => shape[axis]! > 1);
  return shape.length === 4 && wide[0] === 0 && wide.length > 1;
}
