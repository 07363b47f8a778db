import type {Code} from '../../../kernels/code.ts';
import type {Exchange} from './exchange.ts';
import type {Grid} from './grid.ts';
import type {Operands, Values} from './values.ts';

/** What writing the members of a cluster takes. */
export interface Writer {
  readonly code: Code;
  readonly grid: Grid;
  readonly operands: Operands;
  readonly values: Values;
  readonly exchange: Exchange;
  /** The vectors that a workgroup's memory has at most. */
  readonly cells: number;
}
