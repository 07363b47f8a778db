import type {Engine, Executable} from '../tensor/engine.ts';
import type {Program} from '../tensor/program.ts';

/**
 * Compiles a program for each shape when it is first asked for, and keeps it.
 *
 * @param build makes the program for the values that distinguish shapes, such as the size of a batch
 */
export function perShape<
  Shape extends readonly (number | string | boolean)[],
  Outputs extends string,
  Inputs extends string,
>(
  engine: Engine,
  build: (...shape: Shape) => Program<Outputs, Inputs>,
): (...shape: Shape) => Executable<Outputs, Inputs> {
  const compiled = new Map<string, Executable<Outputs, Inputs>>();
  return (...shape) => {
    const name = shape.join(' ');
    const known = compiled.get(name);
    if (known !== undefined) return known;
    const executable = engine.compile(build(...shape));
    compiled.set(name, executable);
    return executable;
  };
}
