import type {Engine} from '../../tensor/engine.ts';
import type {Shape} from '../../tensor/shape.ts';
import type {Carried} from './objective.ts';

/** The numbers that an iteration leaves to the next. */
export type CarriedNumbers = Readonly<
  Record<string, {readonly numbers: Float32Array; readonly shape: Shape}>
>;

export function uploadCarried(engine: Engine, carried: CarriedNumbers): Carried {
  return Object.fromEntries(
    Object.entries(carried).map(([name, {numbers, shape}]) => [
      name,
      engine.upload(numbers, shape),
    ]),
  );
}

/** Waits for the engine. */
export async function readCarried(engine: Engine, carried: Carried): Promise<CarriedNumbers> {
  const read = Object.entries(carried).map(
    async ([name, tensor]) =>
      [name, {numbers: await engine.read(tensor), shape: tensor.shape}] as const,
  );
  return Object.fromEntries(await Promise.all(read));
}

export function disposeCarried(carried: Carried): void {
  for (const tensor of Object.values(carried)) tensor.dispose();
}
