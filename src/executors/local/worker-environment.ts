import {hostVariables} from '../../worker/host-variables.ts';

/** The environment of workers: of the head's own, only the variables that say where things are, and its language. */
export function workerEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const entries = [...hostVariables, 'LANG'].flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(entries);
}
