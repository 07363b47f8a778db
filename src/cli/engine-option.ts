import {Option} from 'commander';
import {engineWishes} from '../base/engines.ts';

/** What executes tensor programs. */
export function engineOption(): Option {
  return new Option('--engine <name>', 'what executes tensor programs')
    .choices(engineWishes)
    .default('auto');
}
