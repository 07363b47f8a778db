import {setImmediate as nextTurn} from 'node:timers/promises';
import {StopRequested, type StageContext} from '../../src/contract/stage.ts';
import type {contract} from './contract.ts';

export type Context = StageContext<typeof contract>;

/** Reports that a class is next, and receives messages: choosing never waits for anything. Throws if it is to stop. */
export async function reportClass(context: Context, label: number, total: number): Promise<void> {
  context.progress({done: label, total, unit: 'classes'});
  await nextTurn();
  if (context.stopping.aborted) throw new StopRequested();
}
