import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';

const folder = path.join(import.meta.dirname, '../../../../test/fixtures/kernels');

/** Compares a text with a file of `test/fixtures/kernels`. UPDATE_FIXTURES=1 writes it: read the difference before you commit. */
export function assertGolden(name: string, text: string): void {
  const file = path.join(folder, name);
  if (process.env['UPDATE_FIXTURES'] === '1') writeFileSync(file, text);
  else assert.equal(text, readFileSync(file, 'utf8'));
}
