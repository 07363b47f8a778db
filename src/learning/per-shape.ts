import type {Engine, Executable} from '../tensor/engine.ts';
import type {Program} from '../tensor/program.ts';

/**
 * One kind of program for many shapes: each is compiled when it is first asked for, and kept.
 *
 * @param build the program for what tells shapes apart, such as the size of a batch
 */
export function perShape<
  Shape extends readonly (number | string)[],
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
