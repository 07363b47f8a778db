import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {hostname, release} from 'node:os';
import path from 'node:path';
import {env, version} from 'node:process';
import type {EngineRequest} from '../../../base/engines.ts';
import type {JsonObject} from '../../../base/json.ts';
import {packageVersion} from '../../../base/package-version.ts';
import {machineFiles} from '../webgpu/prepare-vulkan.ts';
import {hasLibrary, vulkanState} from '../webgpu/vulkan.ts';

/**
 * What the choice of an engine depends on, as far as it shows before an engine starts: this machine, the card, what is
 * installed for GPUs, and this program. The engine tells the names of card and driver once it is started.
 */
export function machineFacts({gpuAddress, software}: EngineRequest): JsonObject {
  return {
    host: hostname(),
    kernel: release(),
    card: gpuAddress ?? env['CUDA_VISIBLE_DEVICES'] ?? '',
    ...(software && {software}),
    version: packageVersion(import.meta.dirname),
    node: version,
    packages: Object.fromEntries(packages.map((name) => [name, installedVersion(name)])),
    nvidia: machineFiles.read('/proc/driver/nvidia/version')?.split('\n')[0] ?? '',
    vulkan: vulkanFacts(),
    opencl: openClFacts(),
  };
}

/** The optional packages that engines need. */
const packages = ['webgpu', 'koffi', '@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

/** Empty: it is not installed. */
function installedVersion(name: string): string {
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
  for (const folder of folders) {
    try {
      const text = readFileSync(path.join(folder, name, 'package.json'), 'utf8');
      return (JSON.parse(text) as {readonly version?: string}).version ?? '';
    } catch {
      // It is not in this folder, or it is damaged there, and then the engine does not start.
    }
  }
  return '';
}

function vulkanFacts(): string {
  const state = vulkanState(machineFiles, env);
  return state.kind === 'missing' ? state.message : state.why;
}

/** The libraries and the files that tell OpenCL's loader of drivers. */
function openClFacts(): readonly string[] {
  const libraries = ['libOpenCL.so.1', 'libnvidia-opencl.so.1'];
  return [
    ...libraries.filter((library) => hasLibrary(library, machineFiles, env)),
    ...machineFiles.list(env['OCL_ICD_VENDORS'] ?? '/etc/OpenCL/vendors'),
  ];
}
