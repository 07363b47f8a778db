/** The list that commands are added to while a program is lowered. */
import type {Buffer} from '../../../compile/cpu/buffer.ts';
import type {Command} from './command.ts';

export interface CommandEmitter {
  /** Side of Winograd's tiles: 4 is quick, 2 is precise. */
  readonly tile: 2 | 4;
  readonly emit: (command: Command) => void;
  /** A new buffer of that many numbers. */
  buffer(size: number): Buffer;
  /** A buffer computed from another one in the way that `name` says: made at the first call, and returned again by later ones. */
  memoised(name: string, of: Buffer, make: () => Buffer): Buffer;
}
