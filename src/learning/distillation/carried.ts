import type {Engine, Tensor} from '../../tensor/engine.ts';
import type {Table} from '../decoders/decoding.ts';
import type {Carried} from './objective.ts';

/** The numbers that an iteration leaves to the next. */
export type CarriedNumbers = Readonly<Record<string, Table>>;

/** Tables on the engine, by the same names; the caller owns them. */
export function uploadAll(
  engine: Engine,
  tables: CarriedNumbers,
): Readonly<Record<string, Tensor>> {
  return Object.fromEntries(
    Object.entries(tables).map(([name, {numbers, shape}]) => [name, engine.upload(numbers, shape)]),
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

export function disposeAll(tensors: Readonly<Record<string, Tensor>>): void {
  for (const tensor of Object.values(tensors)) tensor.dispose();
}
