import {Option} from 'commander';
import type {Engines} from '../../base/engines.ts';

/** `--engine`: the engine for tensor programs. */
export function engineOption(engines: Engines): Option {
  return new Option('--engine <name>', 'the engine that executes tensor programs')
    .choices(['auto', ...Object.keys(engines)])
    .default('auto');
}
