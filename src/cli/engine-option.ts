import {Option} from 'commander';

/** What executes tensor programs. */
export function engineOption(): Option {
  return new Option('--engine <name>', 'what executes tensor programs')
    .choices(['auto', 'wasm', 'tfjs'])
    .default('auto');
}
