import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {configFolder} from '../../base/user-folders.ts';
import {isSystemError, isErrno, whyRefused} from '../../base/errno.ts';
import {newKeyPair} from '../../remote/signatures.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import type {World} from '../world.ts';
import {writeJson} from '../write-json.ts';

export interface KeyOptions {
  readonly json?: true;
}

/** `pipeline key new NAME`: makes a private key in the configuration folder, and prints the lines that use it. */
export async function keyCommand(
  name: string,
  options: KeyOptions,
  world: World,
): Promise<ExitCode> {
  const refuse = (message: string): ExitCode => {
    world.faults.fault('unwritable-file', message);
    return exitCodes.usage;
  };
  if (!/^[A-Za-z0-9][\w.-]*$/.test(name)) {
    return refuse('The name of a key has letters, digits, and . _ - after the first.');
  }
  const folder = configFolder(world.environment);
  if (folder === undefined) return refuse('There is no home folder to keep a key in.');
  const file = path.join(folder, 'keys', `${name}.pem`);
  const {privatePem, publicText} = newKeyPair();
  try {
    await mkdir(path.dirname(file), {recursive: true, mode: 0o700});
    await writeFile(file, privatePem, {mode: 0o600, flag: 'wx'});
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (isErrno(error, 'EEXIST')) return refuse(`There is a key ${file} already; it stays.`);
    return refuse(`${file} cannot be written: ${whyRefused(error)}.`);
  }
  if (options.json === true) {
    writeJson({name, file, public: publicText}, world);
    return exitCodes.ok;
  }
  world.stdout.write(`The private key is ${file}. Who has it can sign results: keep it secret.

To sign with it, add to \`remote\` in ${path.join(folder, 'config.yaml')}:
  sign: {name: ${name}, key: ${file}}

Others trust it by
  trusted: {${name}: ${publicText}}
`);
  return exitCodes.ok;
}
