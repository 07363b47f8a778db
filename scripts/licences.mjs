// Writes the licences of packages whose code a bundle contains: they ask that copies come with them.
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import path from 'node:path';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * @param file relative to the root of the repository
 * @param outputs what esbuild's metafile says of the files that it wrote
 * @param more folders of further packages, relative to the root
 */
export function writeLicences(file, outputs, more = []) {
  const inputs = Object.values(outputs).flatMap((output) => Object.keys(output.inputs));
  const folders = inputs.map((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0]);
  const packages = [...new Set([...folders, ...more])]
    .filter((folder) => folder !== undefined)
    .sort();
  writeFileSync(path.join(root, file), packages.map(licenceOf).join('\n'));
}

function licenceOf(folder) {
  const absolute = path.join(root, folder);
  const {name, version} = JSON.parse(readFileSync(path.join(absolute, 'package.json'), 'utf8'));
  const texts = readdirSync(absolute)
    .filter((entry) => /^(licen[cs]e|notice|copyrightnotice)(\.|$)/i.test(entry))
    .map((entry) => readFileSync(path.join(absolute, entry), 'utf8').trim());
  if (texts.length === 0) throw new Error(`${name} has no licence to copy: make it a dependency`);
  return `${name} ${version}\n\n${texts.join('\n\n')}\n`;
}
