import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import {repositoryFile} from '../texts/repository.ts';

/** A package in a lock file of npm. */
interface LockedPackage {
  readonly version?: string;
  readonly dev?: true;
}

/**
 * Makes a folder a user's project with this program in it, by `npm ci` of what `npm pack` makes: everything comes in the
 * versions that this repository locks, from npm's cache, which has them since the repository was installed.
 */
export async function installProject(folder: string): Promise<void> {
  const args = ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder];
  const archive = npm(repositoryFile(''), ...args).trim();
  const project = {
    name: 'lab',
    version: '1.0.0',
    dependencies: {distillery: `file:${archive}`},
  };
  const lock = {name: 'lab', lockfileVersion: 3, packages: lockedPackages(project, archive)};
  await writeFile(path.join(folder, 'package.json'), JSON.stringify(project));
  await writeFile(path.join(folder, 'package-lock.json'), JSON.stringify(lock));
  npm(folder, 'ci', '--prefer-offline', '--no-audit', '--no-fund');
}

function lockedPackages(project: object, archive: string): Readonly<Record<string, object>> {
  const {packages} = JSON.parse(readFileSync(repositoryFile('package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, LockedPackage>>;
  };
  const {'': own, ...others} = packages;
  return {
    '': project,
    'node_modules/distillery': {...own, resolved: `file:${archive}`, devDependencies: undefined},
    ...Object.fromEntries(Object.entries(others).filter(([, {dev}]) => dev !== true)),
  };
}

function npm(cwd: string, ...args: readonly string[]): string {
  const {status, stdout, stderr} = spawnSync('npm', args, {cwd, encoding: 'utf8'});
  assert.equal(status, 0, stdout + stderr);
  return stdout;
}
