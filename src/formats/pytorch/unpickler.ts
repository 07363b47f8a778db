import {CorruptFile, UnsupportedFile} from '../file-fault.ts';
import {PtGlobal, StorageReference} from './globals.ts';
import {opcodes} from './opcodes.ts';
import {PickleBytes} from './pickle-bytes.ts';
import {PickleMachine} from './pickle-machine.ts';
import type {PtValue} from './values.ts';

/**
 * What a pickle describes. The instructions are interpreted one by one without recursion; each makes at most one value,
 * so that memory grows with the bytes and no faster. Only what `globals` lists can be made: a file that names any other
 * Python object is refused by that name.
 * @param file what to call it in an error
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

/** Follows the instructions up to the one that ends a pickle. */
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

/** What values are made of and is none itself. */
function isPart(value: unknown): boolean {
  return value instanceof PtGlobal || value instanceof StorageReference;
}
