import {arch, platform} from 'node:process';
import type * as Dawn from 'webgpu';
import {UnavailableError} from '../gpu/errors.ts';

/** Imports a package; rejects if it is not installed or does not work here. */
export type Importer = () => Promise<unknown>;

/**
 * The kernels never read workgroup memory that they have not written, and data that they index by is checked by
 * `robustness`, which stays on. Browsers round the GPU's clock to 0.1 ms, longer than most kernels take.
 */
const toggles = [
  'enable-dawn-features=disable_workgroup_init',
  'disable-dawn-features=timestamp_quantization',
];

/** Whoever asked for an adapter must keep the object that gave it: without it, the process crashes. */
const kept = new Map<string, GPU>();

/**
 * Loads npm's `webgpu`, which is Dawn for Node.js.
 * @param adapter a part of the name of the GPU to use; absent: any
 * @param card what tells this GPU from others of that name, which are hidden now
 * @throws UnavailableError if it is not installed or does not work here
 */
export async function loadDawn(
  adapter?: string,
  importer: Importer = () => import('webgpu'),
  card?: string,
): Promise<GPU> {
  const flags = [...toggles, ...(adapter === undefined ? [] : [`adapter=${adapter}`])];
  const name = [...flags, card].join('\n');
  const known = kept.get(name);
  if (known !== undefined) return known;
  const {create} = await importDawn(importer);
  const gpu = create(flags);
  kept.set(name, gpu);
  return gpu;
}

async function importDawn(importer: Importer): Promise<typeof Dawn> {
  try {
    return (await importer()) as typeof Dawn;
  } catch (error) {
    const {code, message} = error as NodeJS.ErrnoException;
    if (code === 'ERR_MODULE_NOT_FOUND') {
      throw new UnavailableError(
        'The package webgpu is not installed: `npm install webgpu@0.6` in the folder of your project.',
      );
    }
    const wanted = /version `?(GLIBC\w*_[\d.]+)'? not found/.exec(message)?.[1];
    if (wanted !== undefined) {
      throw new UnavailableError(
        `The package webgpu needs ${wanted.replace('_', ' ')}: a Linux as new as Ubuntu 22.04, Debian 12 or RHEL 9.`,
      );
    }
    if (code === 'MODULE_NOT_FOUND') {
      throw new UnavailableError(`The package webgpu has no program for ${platform} on ${arch}.`);
    }
    throw new UnavailableError(`The package webgpu does not work here: ${message.split('\n')[0]!}`);
  }
}
