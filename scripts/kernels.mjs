// Compiles the kernels of the `wasm` engine (AssemblyScript) into a module that holds them as base64, so that bundles
// and copies of the program include them. There are two builds: with and without fused multiply-add.
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {fileURLToPath, pathToFileURL} from 'node:url';
import path from 'node:path';
import asc from 'assemblyscript/asc';
import {kernelInterface} from './kernel-interface.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = 'src/tensor/engines/wasm';
const built = path.join(root, 'dist', folder);
const {kernels} = await import(pathToFileURL(path.join(built, 'kernel-signatures.js')));
const generated = kernelInterface(kernels);
// Written for readers only: the compiler gets the texts by name.
mkdirSync(path.join(built, 'assembly'), {recursive: true});
for (const [name, text] of generated) writeFileSync(path.join(built, 'assembly', name), text);
const options = [
  ...['--runtime', 'stub', '--optimizeLevel', '3', '--noAssert'],
  // All threads share one memory; its first kibibyte is for their communication.
  ...['--importMemory', '--sharedMemory', '--initialMemory', '16', '--maximumMemory', '65536'],
  ...['--memoryBase', '1024', '--noExportMemory'],
  // Kernels that are generated for a program are added to it.
  '--exportTable',
];

const plain = await compile('simd,threads,bulk-memory');
const fused = await compile('simd,threads,bulk-memory,relaxed-simd');
writeFileSync(
  path.join(built, 'runtime', 'kernel-code.js'),
  `export const plain = '${plain}';\nexport const fused = '${fused}';\n`,
);

async function compile(features) {
  let binary;
  const {error, stderr} = await asc.main(
    [`${folder}/assembly/index.ts`, '--outFile', 'kernels.wasm', '--enable', features, ...options],
    {
      baseDir: root,
      readFile: (name, base) =>
        generated.get(path.basename(name)) ?? read(path.resolve(base, name)),
      writeFile: (name, contents) => {
        if (name === 'kernels.wasm') binary = contents;
      },
    },
  );
  const said = stderr.toString();
  if (said !== '') process.stderr.write(said);
  // Warnings count as errors.
  if (error !== null || said.includes('WARNING')) process.exit(1);
  return Buffer.from(binary).toString('base64');
}

/** The text of a file, or `null` if there is none: the compiler tries several places. */
function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
