/**
 * Preloaded into a process, notes about once a second what garbage collection leaves of its memory, in a file that is named
 * after the process in the folder that the URL of this module names: `live-memory.js?folder=/tmp/x`.
 */
import {renameSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import v8 from 'node:v8';
import vm from 'node:vm';

v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc') as () => void;
const folder = new URL(import.meta.url).searchParams.get('folder')!;
const file = path.join(folder, `${process.pid}.json`);

/** On a busy machine collecting may take a second, and must leave time for the process. */
const share = 1 / 20;

function note(): void {
  const began = performance.now();
  collect();
  writeFileSync(`${file}.new`, JSON.stringify(process.memoryUsage()));
  renameSync(`${file}.new`, file);
  const tookMs = performance.now() - began;
  setTimeout(note, Math.max(1000, tookMs / share)).unref();
}

setTimeout(note, 1000).unref();
