import type {GpuProgram} from '../../kernels/kernel.ts';
import type {Device} from './device.ts';

/**
 * Memories for numbers that exist only while a program runs. All programs share them, since a device runs one after the
 * other; they are as large as the largest program needs.
 */
export class Arenas<Memory extends object> {
  readonly #device: Pick<Device<Memory, object>, 'allocate' | 'free'>;
  readonly #held = new Map<string, {readonly memory: Memory; readonly bytes: number}>();

  constructor(device: Pick<Device<Memory, object>, 'allocate' | 'free'>) {
    this.#device = device;
  }

  /**
   * The memories of a program's arenas, in their order.
   * @throws CapacityError if the device has no room for them
   */
  take(arenas: GpuProgram['arenas']): readonly Memory[] {
    const counts = {f32: 0, vec4f: 0};
    return arenas.map(({type, size}) =>
      this.#ensure(`${type} ${counts[type]++}`, arenaBytes({type, size})),
    );
  }

  #ensure(name: string, bytes: number): Memory {
    const held = this.#held.get(name);
    if (held !== undefined && held.bytes >= bytes) return held.memory;
    // The old memory is freed first, since there may not be room for both.
    if (held !== undefined) this.#device.free(held.memory);
    this.#held.delete(name);
    const memory = this.#device.allocate(bytes);
    this.#held.set(name, {memory, bytes});
    return memory;
  }
}

/** The bytes that an arena takes. */
export function arenaBytes({size}: GpuProgram['arenas'][number]): number {
  return Math.max(16, Math.ceil(size / 4) * 16);
}
