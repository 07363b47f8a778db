import {env, platform} from 'node:process';

/**
 * Does what writes to the process's standard error past Node.js, without anybody seeing it: Dawn warns of limits that
 * nobody asked for. Where the package koffi is missing, its warnings are seen.
 */
export async function quietly<Result>(act: () => Result): Promise<Result> {
  const restore = await muted();
  try {
    return act();
  } finally {
    restore();
  }
}

async function muted(): Promise<() => void> {
  // Whoever asks Vulkan's loader for its reasons wants to read them.
  if (platform !== 'linux' || env['VK_LOADER_DEBUG']) return () => undefined;
  const libc = await loadLibc();
  if (libc === undefined) return () => undefined;
  const kept = libc.dup(2);
  const nowhere = libc.open('/dev/null', 1);
  if (kept >= 0 && nowhere >= 0) libc.dup2(nowhere, 2);
  return () => {
    if (kept >= 0) libc.dup2(kept, 2);
    for (const file of [kept, nowhere]) if (file >= 0) libc.close(file);
  };
}

interface Libc {
  dup(file: number): number;
  dup2(from: number, to: number): number;
  open(file: string, flags: number): number;
  close(file: number): number;
}

async function loadLibc(): Promise<Libc | undefined> {
  try {
    const {default: koffi} = await import('koffi');
    const library = koffi.load('libc.so.6');
    return {
      dup: library.func('int dup(int)') as Libc['dup'],
      dup2: library.func('int dup2(int, int)') as Libc['dup2'],
      open: library.func('int open(const char *, int)') as Libc['open'],
      close: library.func('int close(int)') as Libc['close'],
    };
  } catch {
    return undefined;
  }
}
