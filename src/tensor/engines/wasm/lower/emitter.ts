/** Where commands go while a program is lowered. */
import type {Buffer} from '../../../compile/cpu/buffer.ts';
import type {Command} from './command.ts';

export interface CommandEmitter {
  /** Side of Winograd's tiles: 4 is quick, 2 is precise. */
  readonly tile: 2 | 4;
  readonly emit: (command: Command) => void;
  /** A new buffer of that many numbers. */
  buffer(size: number): Buffer;
  /** What is made of a buffer in some way: made the first time, the same every time after. */
  memoised(name: string, of: Buffer, make: () => Buffer): Buffer;
}
