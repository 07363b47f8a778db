import {Option} from 'commander';
import type {Engines} from '../../base/engines.ts';

/** `--engine`: the engine for tensor programs. */
export function engineOption(engines: Engines): Option {
  return new Option('--engine <name>', 'the engine that executes tensor programs')
    .choices(['auto', ...Object.keys(engines)])
    .default('auto');
}

/** `--software`: lets an engine for GPUs use software in the place of one. */
export function softwareOption(): Option {
  return new Option(
    '--software',
    'let an engine for GPUs compute in software and not on a GPU: slow, for tests',
  );
}
