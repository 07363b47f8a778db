import {mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import * as prettier from 'prettier';

/**
 * Writes generated files into a folder, formatted, and removes files that are no longer generated. With `--check` on
 * the command line it writes nothing, names each stale file, and makes the process exit with 1.
 * @param owned matches the names of all files in the folder that are generated
 * @param texts by file name relative to the folder
 */
export async function writeGenerated(folder, owned, texts) {
  const shown = path.relative(process.cwd(), folder);
  const isCheck = process.argv.includes('--check');
  const complain = (name) => {
    console.error(`${path.join(shown, name)} is stale: run \`npm run schemas\`.`);
    process.exitCode = 1;
  };
  for (const [name, draft] of Object.entries(texts)) {
    const file = path.join(folder, name);
    const text = await prettier.format(draft, {
      ...(await prettier.resolveConfig(file)),
      filepath: file,
    });
    if (text === read(file)) continue;
    if (isCheck) complain(name);
    else {
      mkdirSync(path.dirname(file), {recursive: true});
      writeFileSync(file, text);
    }
  }
  for (const name of readdirSync(folder, {recursive: true, encoding: 'utf8'})) {
    if (!owned.test(name) || Object.hasOwn(texts, name)) continue;
    if (isCheck) complain(name);
    else rmSync(path.join(folder, name));
  }
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
