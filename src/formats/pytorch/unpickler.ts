import {CorruptFile, UnsupportedFile} from '../file-fault.ts';
import {PtGlobal, StorageReference} from './globals.ts';
import {opcodes} from './opcodes.ts';
import {PickleBytes} from './pickle-bytes.ts';
import {PickleMachine} from './pickle-machine.ts';
import type {PtValue} from './values.ts';

/**
 * The value that a pickle describes. Instructions are interpreted one by one without recursion, and each makes at most
 * one value, so memory grows only in proportion to the bytes. Only objects that `globals` lists can be made: a file
 * that refers to any other Python object is refused by its name.
 * @param file its name in errors
 * @throws CorruptFile, UnsupportedFile
 */
export function unpickle(bytes: Buffer, file: string): PtValue {
  try {
    return run(new PickleMachine(new PickleBytes(bytes), file));
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new CorruptFile(file, `damaged: ${cause.message}`, {cause});
  }
}

/** Executes instructions up to the one that ends the pickle. */
function run(machine: PickleMachine): PtValue {
  for (;;) {
    const code = machine.bytes.byte();
    if (code === stop) break;
    const instruction = opcodes.get(code);
    if (instruction === undefined) {
      const shown = `0x${code.toString(16).padStart(2, '0')}`;
      throw new UnsupportedFile(
        machine.file,
        `its pickle has an instruction ${shown}, which is not read`,
      );
    }
    instruction(machine);
  }
  const value = machine.pop();
  if (!machine.isEmpty) throw new RangeError('its pickle leaves more than one value');
  if (isPart(value)) throw new RangeError('its pickle is no value');
  return value as PtValue;
}

const stop = 0x2e;

/** Whether a value is only an ingredient of values (a storage, a class), and not valid by itself. */
function isPart(value: unknown): boolean {
  return value instanceof PtGlobal || value instanceof StorageReference;
}
