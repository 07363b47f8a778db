import {execFileSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import type {Shape} from './scale-pipelines.ts';

/** Another tool, which can be given a graph of the same shape and has then finished it once. */
export interface Rival {
  readonly name: string;
  /** Throws if its first run fails. */
  prepare(shape: Shape, folder: string): Prepared;
}

export interface Prepared {
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  /** What it prints when there was nothing to do. */
  readonly proof: RegExp;
}

/** Those of the named tools that are here. Of the others, says how to get them. */
export function findRivals(names: readonly string[], _folder: string): readonly Rival[] {
  return names.flatMap((name) => {
    const rival = rivals[name];
    if (rival === undefined) return [];
    try {
      execFileSync(name, ['--version'], {stdio: 'ignore'});
      return [rival];
    } catch {
      console.log(`${name} is not here`);
      return [];
    }
  });
}

const rivals: Readonly<Record<string, Rival>> = {
  ninja: {name: 'ninja', prepare: prepareNinja},
};

function prepareNinja(shape: Shape, folder: string): Prepared {
  mkdirSync(folder, {recursive: true});
  const width = (shape.instances - 2) / 2;
  const lines = ['rule touch', '  command = touch $out', 'build source: touch'];
  const buffers: string[] = [];
  for (let index = 0; index < width; index++) {
    lines.push(`build expert${index}: touch source`, `build buffer${index}: touch expert${index}`);
    buffers.push(`buffer${index}`);
  }
  lines.push(`build distilled: touch ${buffers.join(' ')}`, '');
  writeFileSync(path.join(folder, 'build.ninja'), lines.join('\n'));
  execFileSync('ninja', ['--quiet'], {cwd: folder});
  return {command: ['ninja'], cwd: folder, proof: /no work to do/};
}
