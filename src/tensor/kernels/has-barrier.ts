import type {Statement} from './ir.ts';

/** Whether the threads of a workgroup wait for each other somewhere in a statement. */
export function hasBarrier(statement: Statement): boolean {
  switch (statement.kind) {
    case 'barrier':
      return true;
    case 'if':
      return statement.body.some(hasBarrier) || statement.otherwise.some(hasBarrier);
    case 'for':
      return statement.body.some(hasBarrier);
    case 'declare':
    case 'assign':
    case 'store':
    case 'storeShared':
      return false;
  }
}
