import {Option} from 'commander';
import {engineWishes} from '../../base/engines.ts';

/** `--engine`: the engine for tensor programs. */
export function engineOption(): Option {
  return new Option('--engine <name>', 'the engine that executes tensor programs')
    .choices(engineWishes)
    .default('auto');
}
