/** The list that commands are added to while a program is lowered. */
import type {Buffer} from '../../../compile/cpu/buffer.ts';
import type {Command} from './command.ts';

export interface CommandEmitter {
  /** Side of Winograd's tiles: 4 is fast, 2 is precise. */
  readonly tile: 2 | 4;
  readonly emit: (command: Command) => void;
  /** A new buffer of `size` numbers. */
  buffer(size: number): Buffer;
  /** A buffer that is computed from another one as `name` says: made by the first call and returned by later ones. */
  memoised(name: string, of: Buffer, make: () => Buffer): Buffer;
}
