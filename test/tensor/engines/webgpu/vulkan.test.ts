import assert from 'node:assert/strict';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {test} from 'node:test';
import {UnavailableError} from '../../../../src/tensor/engines/gpu/errors.ts';
import {prepareVulkan} from '../../../../src/tensor/engines/webgpu/prepare-vulkan.ts';
import {vulkanState, type Files} from '../../../../src/tensor/engines/webgpu/vulkan.ts';

/** A machine with these files; a path alone has no text. */
function machine(...files: readonly (string | readonly [string, string])[]): Files {
  const texts = new Map(files.map((file) => (typeof file === 'string' ? [file, ''] : file)));
  return {
    exists: (file) => texts.has(file),
    list: (folder) =>
      [...texts.keys()]
        .filter((file) => path.dirname(file) === folder)
        .map((file) => path.basename(file)),
    read: (file) => texts.get(file),
  };
}

const library = (name: string): string => `/usr/lib/x86_64-linux-gnu/${name}`;
const loader = library('libvulkan.so.1');
const card = '/dev/nvidiactl';
const [egl, glx] = [library('libEGL_nvidia.so.0'), library('libGLX_nvidia.so.0')];
const x11 = [library('libX11.so.6'), library('libXext.so.6')];
const nvidia = [
  '/etc/vulkan/icd.d/nvidia_icd.json',
  '{"ICD": {"library_path": "libGLX_nvidia.so.0"}}',
] as const;
const mesa = '/usr/share/vulkan/icd.d/radeon_icd.x86_64.json';

function missing(files: Files): string {
  const state = vulkanState(files, {HOME: '/home/me'});
  assert.equal(state.kind, 'missing');
  return state.message;
}

test('without a loader, it is what to install, and the part of the driver if that is missing too', () => {
  assert.match(missing(machine(mesa)), /libvulkan1/);
  assert.doesNotMatch(missing(machine(mesa)), /graphics/);
  assert.match(
    missing(machine(card)),
    /libvulkan1.*NVIDIA_DRIVER_CAPABILITIES=compute,utility,graphics/,
  );
  assert.doesNotMatch(missing(machine(card, egl)), /graphics/);
});

test('without a driver, one for the card is what to install', () => {
  assert.match(missing(machine(loader)), /mesa-vulkan-drivers/);
  assert.match(missing(machine(loader, card)), /NVIDIA_DRIVER_CAPABILITIES/);
  // A driver for another card does not help.
  assert.match(missing(machine(loader, card, mesa)), /NVIDIA_DRIVER_CAPABILITIES/);
});

test('a driver that is listed is used', () => {
  const own = {kind: 'ready', why: 'Vulkan: radeon_icd.x86_64'};
  assert.deepEqual(vulkanState(machine(loader, mesa), {}), own);
  assert.deepEqual(vulkanState(machine(loader, card, glx, ...x11, nvidia, mesa), {}), {
    kind: 'ready',
    why: 'Vulkan: nvidia_icd',
  });
});

test('drivers are looked for in the folders of the environment, and what it names is not questioned', () => {
  const files = machine(loader, '/data/vulkan/icd.d/one.json');
  assert.equal(vulkanState(files, {}).kind, 'missing');
  assert.equal(vulkanState(files, {XDG_DATA_DIRS: '/else:/data'}).kind, 'ready');
  assert.equal(vulkanState(files, {VK_DRIVER_FILES: '/mine.json'}).kind, 'ready');
  const added = machine(loader, '/mine.json');
  assert.equal(vulkanState(added, {VK_ADD_DRIVER_FILES: '/mine.json'}).kind, 'ready');
  assert.equal(vulkanState(added, {VK_ADD_DRIVER_FILES: '/gone.json'}).kind, 'missing');
});

test('the loader is found in folders that the dynamic linker is told of', () => {
  const configured = machine('/opt/vulkan/libvulkan.so.1', mesa, [
    '/etc/ld.so.conf.d/vulkan.conf',
    '# comment\n/opt/vulkan\n',
  ]);
  assert.equal(vulkanState(configured, {}).kind, 'ready');
  const given = machine('/mine/libvulkan.so.1', mesa);
  assert.equal(vulkanState(given, {LD_LIBRARY_PATH: '/x:/mine'}).kind, 'ready');
});

test('a driver of NVIDIA that is not listed gets a manifest, the one that needs no X11 first', () => {
  const libraryOf = (files: Files): unknown => {
    const state = vulkanState(files, {});
    assert.equal(state.kind, 'unlisted');
    return (JSON.parse(state.manifest) as {ICD: {library_path: string}}).ICD.library_path;
  };
  assert.equal(libraryOf(machine(loader, card, egl, glx)), 'libEGL_nvidia.so.0');
  assert.equal(libraryOf(machine(loader, card, glx, ...x11)), 'libGLX_nvidia.so.0');
  // A listed driver that cannot load without X11 is passed over.
  assert.equal(libraryOf(machine(loader, card, egl, glx, nvidia)), 'libEGL_nvidia.so.0');
});

test('a driver of NVIDIA that needs X11 asks for it', () => {
  assert.match(missing(machine(loader, card, glx, nvidia)), /libx11-6 libxext6/);
});

test('the manifest is written into the cache folder and named in the environment', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'vulkan-'));
  try {
    const environment: Record<string, string | undefined> = {XDG_CACHE_HOME: folder};
    const files = machine(loader, card, egl);
    const why = prepareVulkan(environment, files);
    const file = path.join(folder, 'distillery', 'nvidia_icd.json');
    assert.deepEqual(why, [
      `Vulkan: NVIDIA’s libEGL_nvidia.so.0 is here without a manifest; uses ${file}, which was written for it`,
    ]);
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), {
      file_format_version: '1.0.0',
      ICD: {library_path: 'libEGL_nvidia.so.0', api_version: '1.3.0'},
    });
    assert.equal(environment['VK_DRIVER_FILES'], file);
    assert.equal(environment['VK_ICD_FILENAMES'], file);
    assert.deepEqual(prepareVulkan(environment, files), [
      'Vulkan: the drivers that VK_DRIVER_FILES names',
    ]);
  } finally {
    rmSync(folder, {recursive: true});
  }
});

test('without a place for the manifest, and without a driver, the engine is unavailable', () => {
  assert.throws(() => prepareVulkan({}, machine(loader, card, egl)), UnavailableError);
  assert.throws(() => prepareVulkan({}, machine()), UnavailableError);
});
