import {execFileSync} from 'node:child_process';
import {mkdirSync, symlinkSync, utimesSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {runWhole} from './run-whole.ts';
import type {Shape} from './scale-pipelines.ts';

/** Another tool, which is given a graph of the same shape and runs it once. */
export interface Rival {
  readonly name: string;
  /** `undefined`: its first run exceeded the limit. Throws if that run fails. */
  prepare(shape: Shape, folder: string, limitMs: number): Prepared | undefined;
}

export interface Prepared {
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  /** Its output when there was nothing to do. */
  readonly proof: RegExp;
}

/**
 * The named tools that are available: on the PATH or, for npm packages, installed into a folder of this run. Prints
 * those that are not.
 */
export function findRivals(names: readonly string[], folder: string): readonly Rival[] {
  return names.flatMap((name) => {
    const rival = rivals(folder)[name];
    if (rival === undefined) throw new Error(`There is no rival ${name}: ninja, snakemake, wireit`);
    try {
      if (name === 'wireit') install('wireit@0.14.12', folder);
      else execFileSync(name, ['--version'], {stdio: 'ignore'});
      return [rival];
    } catch {
      console.log(`${name} is not here`);
      return [];
    }
  });
}

function rivals(folder: string): Readonly<Record<string, Rival>> {
  return {
    ninja: {name: 'ninja', prepare: prepareNinja},
    snakemake: {name: 'snakemake', prepare: prepareSnakemake},
    wireit: {
      name: 'wireit',
      prepare: (shape, at, limitMs) => prepareWireit(shape, at, {tools: folder, limitMs}),
    },
  };
}

function install(name: string, folder: string): void {
  mkdirSync(folder, {recursive: true});
  writeFileSync(path.join(folder, 'package.json'), '{"private": true}');
  execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', name], {cwd: folder});
}

function prepareNinja(shape: Shape, folder: string): Prepared {
  mkdirSync(folder, {recursive: true});
  const width = (shape.instances - 3) / 2;
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

/** Files that were made one after the other are up to date for it. */
function prepareSnakemake(shape: Shape, folder: string): Prepared {
  mkdirSync(folder, {recursive: true});
  const width = (shape.instances - 3) / 2;
  const rule = (name: string, input: string, output: string): string =>
    `rule ${name}:\n${input === '' ? '' : `    input: ${input}\n`}    output: "${output}"\n    shell: "touch {output}"\n`;
  const all = `expand("buffer{i}", i=range(${width}))`;
  const rules = [
    'rule all:\n    input: "distilled"\n',
    rule('source', '', 'source'),
    rule('expert', '"source"', 'expert{i}'),
    rule('buffer', '"expert{i}"', 'buffer{i}'),
    rule('distilled', all, 'distilled'),
  ];
  writeFileSync(path.join(folder, 'Snakefile'), rules.join('\n'));
  const layers = [['source'], numbered('expert', width), numbered('buffer', width), ['distilled']];
  for (const [age, names] of layers.entries()) {
    for (const name of names) {
      writeFileSync(path.join(folder, name), '');
      utimesSync(path.join(folder, name), 1_000_000 + age, 1_000_000 + age);
    }
  }
  const command = ['snakemake', '--cores', '1', 'all'] as const;
  return {command, cwd: folder, proof: /Nothing to be done/};
}

function numbered(name: string, count: number): readonly string[] {
  return Array.from({length: count}, (_, index) => `${name}${index}`);
}

/** One script per instance, which has run once. @param tools the folder in which it is installed */
function prepareWireit(
  shape: Shape,
  folder: string,
  {tools, limitMs}: {readonly tools: string; readonly limitMs: number},
): Prepared | undefined {
  mkdirSync(folder, {recursive: true});
  const width = (shape.instances - 3) / 2;
  const names = ['source', ...numbered('expert', width), ...numbered('buffer', width), 'distilled'];
  const needs = (name: string): readonly string[] => {
    if (name.startsWith('expert')) return ['source'];
    if (name.startsWith('buffer')) return [name.replace('buffer', 'expert')];
    return name === 'distilled' ? numbered('buffer', width) : [];
  };
  const wireit = Object.fromEntries(
    names.map((name) => [
      name,
      {command: 'true', dependencies: needs(name), files: [], output: []},
    ]),
  );
  const scripts = Object.fromEntries(names.map((name) => [name, 'wireit']));
  writeFileSync(
    path.join(folder, 'package.json'),
    JSON.stringify({private: true, scripts, wireit}),
  );
  symlinkSync(path.join(tools, 'node_modules'), path.join(folder, 'node_modules'));
  const command = ['npm', 'run', 'distilled'] as const;
  if (runWhole(command, {cwd: folder, limitMs}) === undefined) return undefined;
  return {command, cwd: folder, proof: /0 ran, .*skipped|Already fresh|Ran 0 scripts/};
}
