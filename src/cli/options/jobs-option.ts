import {InvalidArgumentError, Option} from 'commander';

/** `--jobs`: the number of CPU slots. */
export function jobsOption(): Option {
  return new Option(
    '-j, --jobs <n>',
    'run at most n instances without a GPU at a time (default: one per core)',
  ).argParser(parseCount);
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) {
    throw new InvalidArgumentError('It must be an integer ≥ 1.');
  }
  return count;
}
