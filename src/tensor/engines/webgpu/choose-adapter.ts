import {UnavailableError} from '../gpu/errors.ts';
import {quietly} from './quietly.ts';

/** The limits that a kernel may meet: what the adapter allows beyond what every WebGPU device guarantees. */
const limits = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
] as const;

/** The feature that lets a device tell the time. */
export const clock: GPUFeatureName = 'timestamp-query';

/** What WebGPU tells of an adapter. */
export type AdapterFacts = Pick<
  GPUAdapterInfo,
  'vendor' | 'architecture' | 'device' | 'description' | 'isFallbackAdapter'
>;

/**
 * The fastest adapter that has a name like this, or any.
 * @throws UnavailableError if there is none of the kind that was asked for
 */
export async function findAdapter(
  gpu: GPU,
  wanted: {readonly software: boolean; readonly name?: string | undefined},
): Promise<GPUAdapter> {
  const request = (): Promise<GPUAdapter | null> =>
    gpu.requestAdapter({powerPreference: 'high-performance'});
  try {
    return checkAdapter(await quietly(request), wanted);
  } catch (error) {
    if (error instanceof UnavailableError) throw error;
    const {message} = error as Error;
    const names = Array.from(message.matchAll(/name: '([^']+)'/g), (match) => match[1]!);
    throw new UnavailableError(noneFound(wanted.name, names));
  }
}

/**
 * Checks that an adapter is a GPU, or a program that does what a GPU would if that is wanted.
 * @param software whether a program is wanted
 * @throws UnavailableError if it is not
 */
export function checkAdapter<Adapter extends {readonly info: AdapterFacts}>(
  adapter: Adapter | null,
  {software, name}: {readonly software: boolean; readonly name?: string | undefined},
): Adapter {
  if (adapter === null) throw new UnavailableError(noneFound(name, []));
  if (!software && isSoftware(adapter.info)) {
    throw new UnavailableError(
      `WebGPU finds no GPU here, only software that does what a GPU would (${nameOf(adapter.info)}): slower than the CPU’s own engine. --software uses it all the same.`,
    );
  }
  if (software && !isSoftware(adapter.info)) {
    throw new UnavailableError(
      `WebGPU finds no software that does what a GPU would, such as Mesa’s lavapipe (package mesa-vulkan-drivers); it finds ${nameOf(adapter.info)}.`,
    );
  }
  return adapter;
}

function noneFound(name: string | undefined, found: readonly string[]): string {
  const named = name === undefined ? '' : ` whose name contains "${name}"`;
  const others =
    found.length > 0
      ? `It finds ${found.join(', ')}.`
      : '`vulkaninfo --summary` (package vulkan-tools) shows what Vulkan finds.';
  return `WebGPU finds no GPU${named} here. ${others}`;
}

function isSoftware({isFallbackAdapter, description, architecture, device}: AdapterFacts): boolean {
  return (
    isFallbackAdapter ||
    /llvmpipe|lavapipe|swiftshader/i.test(`${description} ${architecture} ${device}`)
  );
}

/** The card and its driver. */
export function nameOf({vendor, architecture, device, description}: AdapterFacts): string {
  return description || device || [vendor, architecture].filter(Boolean).join(' ') || 'unknown';
}

/** A device with all that the adapter allows of what kernels use, and with its clock if it has one. */
export async function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const requiredLimits = Object.fromEntries(limits.map((name) => [name, adapter.limits[name]]));
  const requiredFeatures = [clock].filter((name) => adapter.features.has(name));
  return await adapter.requestDevice({requiredLimits, requiredFeatures});
}
