import fs from 'node:fs';
import {syncBuiltinESMExports} from 'node:module';
import {mock} from 'node:test';

/** Counts the calls of functions of `node:fs`. */
export function callsDuring(action: () => void): Readonly<Record<string, number>> {
  const names = ['statSync', 'openSync', 'readFileSync', 'lutimesSync', 'writeFileSync'] as const;
  const mocks = names.map((name) => mock.method(fs, name));
  syncBuiltinESMExports();
  try {
    action();
    const counts = names.map((name, index) => [name, mocks[index]!.mock.callCount()] as const);
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  } finally {
    for (const one of mocks) one.mock.restore();
    syncBuiltinESMExports();
  }
}
