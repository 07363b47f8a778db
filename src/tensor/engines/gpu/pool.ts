import type {Device} from './device.ts';

/** What a pool needs of a device. */
type Memories<Memory extends object> = Pick<
  Device<Memory, object>,
  'allocate' | 'free' | 'isPending' | 'whenFull'
>;

/** A memory, with its size and its number: memories are counted in the order in which they were allocated. */
export interface Slot<Memory> {
  readonly memory: Memory;
  readonly bytes: number;
  readonly number: number;
}

/**
 * Memories for tensors. Those that no tensor has any more are kept, and given out again for the same size, the lowest
 * number first: so a loop that allocates in the same order in every round gets the same memories in every round, and a
 * device that remembers which memories a dispatch was launched with finds them again.
 */
export class Pool<Memory extends object> {
  readonly #device: Memories<Memory>;
  /** By size, the longest idle first. */
  readonly #idle = new Map<number, Slot<Memory>[]>();
  #bytes = {used: 0, idle: 0, mostUsed: 0};
  #count = 0;

  constructor(device: Memories<Memory>) {
    this.#device = device;
    device.whenFull(() => this.#makeRoom());
  }

  /**
   * A memory for at least so many bytes; it holds old numbers.
   * @param isFit whether an idle memory may be taken; by default any
   * @throws CapacityError if there is none and the device has no more
   */
  take(bytes: number, isFit: (memory: Memory) => boolean = () => true): Slot<Memory> {
    const size = Math.max(16, Math.ceil(bytes / 16) * 16);
    const slot = this.#lowest(size, isFit) ?? this.#allocate(size);
    this.#bytes.used += size;
    this.#bytes.mostUsed = Math.max(this.#bytes.mostUsed, this.#bytes.used);
    return slot;
  }

  giveBack(slot: Slot<Memory>): void {
    const {bytes} = slot;
    const list = this.#idle.get(bytes);
    if (list === undefined) this.#idle.set(bytes, [slot]);
    else list.push(slot);
    this.#bytes.used -= bytes;
    this.#bytes.idle += bytes;
  }

  /** Frees all idle memories but those that commands wait for. */
  #makeRoom(): void {
    this.#trim(0, (memory) => this.#device.isPending?.(memory) !== true);
  }

  /** Frees idle memories, the longest idle of each size first, until at most so many bytes are idle. */
  #trim(maximumBytes: number, isFit: (memory: Memory) => boolean = () => true): void {
    for (const [size, list] of this.#idle) {
      const kept = list.filter(({memory}) => {
        if (this.#bytes.idle <= maximumBytes || !isFit(memory)) return true;
        this.#device.free(memory);
        this.#bytes.idle -= size;
        return false;
      });
      if (kept.length === 0) this.#idle.delete(size);
      else if (kept.length < list.length) this.#idle.set(size, kept);
    }
  }

  #lowest(size: number, isFit: (memory: Memory) => boolean): Slot<Memory> | undefined {
    const list = this.#idle.get(size) ?? [];
    let best = -1;
    list.forEach(({memory, number}, i) => {
      if ((best < 0 || number < list[best]!.number) && isFit(memory)) best = i;
    });
    if (best < 0) return undefined;
    this.#bytes.idle -= size;
    return list.splice(best, 1)[0];
  }

  #allocate(size: number): Slot<Memory> {
    // Sizes that nobody asks for any more must not pile up: all memories together stay below one and a half times what
    // was in use at once.
    const {used, mostUsed} = this.#bytes;
    this.#trim(Math.max(mostUsed / 2, mostUsed - used));
    return {memory: this.#device.allocate(size), bytes: size, number: this.#count++};
  }
}
