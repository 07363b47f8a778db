/**
 * Finds out what a Linux machine has of Vulkan, which Dawn drives GPUs through: the loader, a driver for the card, and the
 * manifest by which the loader finds the driver. Containers often have NVIDIA's driver without the manifest.
 */
import path from 'node:path';

/** The files of a machine, as far as this module asks for them. */
export interface Files {
  exists(file: string): boolean;
  /** The names in a folder; none if there is no such folder. */
  list(folder: string): readonly string[];
  /** `undefined`: it cannot be read. */
  read(file: string): string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

export type VulkanState =
  /** Nothing is missing that could be seen. */
  | {readonly kind: 'ready'; readonly why: string}
  /** The driver is there; the loader would find it if it were given this manifest. */
  | {readonly kind: 'unlisted'; readonly manifest: string; readonly why: string}
  /** Something has to be installed; the message says what. */
  | {readonly kind: 'missing'; readonly message: string};

export function vulkanState(files: Files, environment: Environment): VulkanState {
  const has = (library: string): boolean => hasLibrary(library, files, environment);
  const hasNvidia = files.exists('/dev/nvidiactl') || files.exists('/proc/driver/nvidia/version');
  if (!has('libvulkan.so.1')) {
    const driver = hasNvidia && !nvidiaDrivers.some(has) ? ` ${withoutGraphics}` : '';
    return {
      kind: 'missing',
      message: `The Vulkan loader libvulkan.so.1 is not installed: \`apt-get install libvulkan1\` (Debian, Ubuntu) or \`dnf install vulkan-loader\` (Fedora, RHEL).${driver}`,
    };
  }
  for (const name of ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES']) {
    if (environment[name]) return {kind: 'ready', why: `Vulkan: the drivers that ${name} names`};
  }
  const manifests = manifestsOf(files, environment);
  if (hasNvidia) return nvidiaState(manifests, files, has);
  if (manifests.length > 0) return {kind: 'ready', why: `Vulkan: ${namesOf(manifests)}`};
  return {
    kind: 'missing',
    message:
      'No Vulkan driver is installed: `apt-get install mesa-vulkan-drivers` for GPUs of AMD and Intel; for those of NVIDIA, the manufacturer’s driver.',
  };
}

/** Either is the whole driver. The first needs no libraries of X11. */
const nvidiaDrivers = ['libEGL_nvidia.so.0', 'libGLX_nvidia.so.0'] as const;

const withoutGraphics =
  'NVIDIA’s driver is here without its graphics part, which Vulkan belongs to. In a container: start it with `NVIDIA_DRIVER_CAPABILITIES=compute,utility,graphics` (Docker: `--gpus \'all,"capabilities=compute,utility,graphics"\'`). On the machine itself: install `libnvidia-gl` of the same version as the driver.';

function nvidiaState(
  manifests: readonly string[],
  files: Files,
  has: (library: string) => boolean,
): VulkanState {
  const own = manifests.filter((manifest) => /nvidia/i.test(path.basename(manifest)));
  const usable = own.filter(
    (manifest) => !(files.read(manifest) ?? '').includes('libGLX_nvidia') || x11.every(has),
  );
  if (usable.length > 0) return {kind: 'ready', why: `Vulkan: ${namesOf(usable)}`};
  const driver = nvidiaDrivers.find((library) => has(library));
  if (driver === undefined) return {kind: 'missing', message: withoutGraphics};
  if (driver === 'libGLX_nvidia.so.0' && !x11.every(has)) {
    return {
      kind: 'missing',
      message:
        'NVIDIA’s Vulkan driver needs libraries that are not installed: `apt-get install libx11-6 libxext6 libegl1`.',
    };
  }
  return {
    kind: 'unlisted',
    manifest: JSON.stringify({
      file_format_version: '1.0.0',
      ICD: {library_path: driver, api_version: '1.3.0'},
    }),
    why: `Vulkan: NVIDIA’s ${driver} is here without a manifest`,
  };
}

function namesOf(manifests: readonly string[]): string {
  return manifests.map((manifest) => path.basename(manifest, '.json')).join(', ');
}

/** What `libGLX_nvidia.so.0` needs. */
const x11 = ['libX11.so.6', 'libXext.so.6'] as const;

/** The manifests of drivers, in the order in which the loader looks for them. */
function manifestsOf(files: Files, environment: Environment): readonly string[] {
  const home = environment['HOME'] ?? '/nonexistent';
  const listed = (name: string, otherwise: string): readonly string[] =>
    (environment[name] || otherwise).split(':').filter((folder) => path.isAbsolute(folder));
  const roots = [
    ...listed('XDG_CONFIG_HOME', path.join(home, '.config')),
    ...listed('XDG_CONFIG_DIRS', '/etc/xdg'),
    '/etc',
    ...listed('XDG_DATA_HOME', path.join(home, '.local/share')),
    ...listed('XDG_DATA_DIRS', '/usr/local/share:/usr/share'),
    '/run/opengl-driver/share',
  ];
  const added = listed('VK_ADD_DRIVER_FILES', '').filter((file) => files.exists(file));
  const found = roots.flatMap((root) => {
    const folder = path.join(root, 'vulkan/icd.d');
    return files
      .list(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => path.join(folder, name));
  });
  return [...added, ...found];
}

/** Whether the dynamic linker would find a library, by the folders in which it usually looks. */
export function hasLibrary(library: string, files: Files, environment: Environment): boolean {
  const configured = files
    .list('/etc/ld.so.conf.d')
    .flatMap((name) => (files.read(`/etc/ld.so.conf.d/${name}`) ?? '').split('\n'))
    .map((line) => line.trim())
    .filter((line) => line.startsWith('/'));
  const folders = [
    ...(environment['LD_LIBRARY_PATH'] ?? '').split(':').filter((folder) => folder !== ''),
    ...configured,
    ...libraryFolders,
  ];
  return folders.some((folder) => files.exists(path.join(folder, library)));
}

const libraryFolders = [
  ...['/lib', '/usr/lib'].flatMap((folder) => [
    folder,
    `${folder}64`,
    `${folder}/x86_64-linux-gnu`,
    `${folder}/aarch64-linux-gnu`,
  ]),
  '/usr/local/lib',
  '/usr/local/nvidia/lib64',
  '/run/opengl-driver/lib',
];
