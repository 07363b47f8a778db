// Compiles the kernels of the `wasm` engine (AssemblyScript) into a module that holds them as base64, so that whoever
// bundles or copies the program has them with it. Twice: with products and sums that are rounded once, and without.
import {writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import path from 'node:path';
import asc from 'assemblyscript/asc';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = 'src/tensor/engines/wasm';
const options = [
  ...['--runtime', 'stub', '--optimizeLevel', '3', '--noAssert'],
  // All threads share one memory; its first kibibyte is for what they tell each other.
  ...['--importMemory', '--sharedMemory', '--initialMemory', '16', '--maximumMemory', '65536'],
  ...['--memoryBase', '1024', '--noExportMemory'],
  // Kernels that are generated for a program are added to it.
  '--exportTable',
];

const plain = await compile('simd,threads,bulk-memory');
const fused = await compile('simd,threads,bulk-memory,relaxed-simd');
writeFileSync(
  path.join(root, 'dist', folder, 'kernel-code.js'),
  `export const plain = '${plain}';\nexport const fused = '${fused}';\n`,
);

async function compile(features) {
  let binary;
  const {error, stderr} = await asc.main(
    [`${folder}/assembly/index.ts`, '--outFile', 'kernels.wasm', '--enable', features, ...options],
    {
      baseDir: root,
      writeFile: (name, contents) => {
        if (name === 'kernels.wasm') binary = contents;
      },
    },
  );
  const said = stderr.toString();
  if (said !== '') process.stderr.write(said);
  // A warning is a mistake here too.
  if (error !== null || said.includes('WARNING')) process.exit(1);
  return Buffer.from(binary).toString('base64');
}
