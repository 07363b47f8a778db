import {InvalidArgumentError, Option} from 'commander';
import {isGpuToken, isSoftwareToken} from '../../executors/local/gpu-token.ts';

/** The value of `--devices`. */
export interface DevicesOptions {
  /** The GPUs that may be used; empty: none. Absent: those that are discovered. */
  readonly devices?: readonly string[];
}

/** `--devices`, for every command that looks for GPUs. */
export function devicesOption(): Option {
  return new Option(
    '--devices <list>',
    'GPUs to use: 0,2, UUIDs or PCI addresses, or none; software:0,software:1 for tests without a GPU (default: all that are found)',
  ).argParser(parseDevices);
}

function parseDevices(text: string): readonly string[] {
  if (['none', 'cpu'].includes(text)) return [];
  const tokens = text.split(',').map((token) => token.trim());
  if (tokens.some(isSoftwareToken)) {
    if (tokens.every(isSoftwareToken)) return tokens;
    throw new InvalidArgumentError('Devices in software (software:0) cannot be used beside GPUs.');
  }
  const stray = tokens.find((token) => !isGpuToken(token));
  if (stray === undefined) return tokens;
  throw new InvalidArgumentError(
    `It takes indices, UUIDs that begin with GPU- or MIG-, and PCI addresses, or none; ${JSON.stringify(stray)} is none of them.`,
  );
}
