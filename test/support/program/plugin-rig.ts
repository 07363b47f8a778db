import {mkdir, symlink} from 'node:fs/promises';
import path from 'node:path';
import {repositoryFile} from '../texts/repository.ts';
import {Rig} from './rig.ts';

/** A rig in which modules can import this program, and packages of its own. */
export async function rigWithPlugins(
  files: Readonly<Record<string, string>>,
  ...packages: readonly string[]
): Promise<Rig> {
  const rig = await Rig.create();
  const folder = path.join(rig.folder, 'node_modules');
  await mkdir(folder);
  await symlink(repositoryFile(''), path.join(folder, 'distillery'));
  for (const name of packages) {
    await symlink(repositoryFile(`node_modules/${name}`), path.join(folder, name));
  }
  for (const [name, text] of Object.entries(files)) await rig.write(name, text);
  return rig;
}
