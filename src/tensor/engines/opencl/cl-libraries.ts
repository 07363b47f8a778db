import {importKoffi} from '../gpu/import-koffi.ts';
import {bindDriver, bindLoader, platformsBy, type ClApi, type Handle} from './bindings.ts';

/** A library through which devices can be reached, with its platforms. */
export interface ClLibrary {
  readonly name: string;
  readonly api: ClApi;
  readonly platforms: readonly Handle[];
}

/** The libraries that were found, and a sentence for each that could not be used. */
export interface ClLibraries {
  readonly libraries: readonly ClLibrary[];
  readonly problems: readonly string[];
}

/** Names of libraries: OpenCL's loader, and drivers that are tried without it if it does not list them. */
export interface LibraryNames {
  readonly loader: string;
  readonly drivers: readonly {readonly library: string; readonly platform: string}[];
}

/**
 * Containers with CUDA get NVIDIA's OpenCL driver but often neither the loader nor the file that tells the loader about
 * the driver.
 */
const usualNames: LibraryNames = {
  loader: 'libOpenCL.so.1',
  drivers: [{library: 'libnvidia-opencl.so.1', platform: 'NVIDIA CUDA'}],
};

/** Opens the OpenCL libraries of this machine. @throws UnavailableError if `koffi`, through which they are called, is missing */
export async function openLibraries(names: LibraryNames = usualNames): Promise<ClLibraries> {
  const koffi = await importKoffi('OpenCL is called');
  const libraries: ClLibrary[] = [];
  const problems: string[] = [];
  const attempt = (name: string, open: () => Omit<ClLibrary, 'name'>): void => {
    try {
      libraries.push({name, ...open()});
    } catch (error) {
      problems.push(`${name}: ${firstLine(error)}`);
    }
  };
  attempt(names.loader, () => {
    const api = bindLoader(koffi, names.loader);
    const platforms = platformsBy(api.clGetPlatformIDs);
    if (platforms.length === 0) throw new Error('it lists no driver');
    return {api, platforms};
  });
  const listed = libraries.flatMap(({api, platforms}) =>
    platforms.map((platform) => platformName(api, platform)),
  );
  for (const {library, platform} of names.drivers) {
    if (!listed.includes(platform)) attempt(library, () => bindDriver(koffi, library));
  }
  return {libraries, problems};
}

const platformNameKey = 0x0902;

function platformName(api: ClApi, platform: Handle): string {
  const to = Buffer.alloc(1024);
  const code = api.clGetPlatformInfo(platform, platformNameKey, to.length, to, null);
  return code === 0 ? to.toString('latin1').replace(/\0.*$/s, '') : '';
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
}
