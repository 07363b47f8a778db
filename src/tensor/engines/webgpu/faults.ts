import {CapacityError, DeviceLostError, DriverError, ShaderError} from '../gpu/errors.ts';

/**
 * The first comes first: what uses a memory that could not be had fails as well, with less telling words, and so does a
 * command with a kernel that was refused.
 */
const sorts = ['capacity', 'lost', 'kernel', 'driver', 'command'] as const;
type Sort = (typeof sorts)[number];

type Fault = CapacityError | DeviceLostError | DriverError | ShaderError;

/**
 * What went wrong on a WebGPU device. It tells of errors some time after their cause, so they wait here for the next
 * read. They stay: results that follow from an error are wrong.
 */
export class Faults {
  readonly #device: GPUDevice;
  readonly #pending = new Set<Promise<void>>();
  /** The first of each sort. */
  readonly #noted = new Map<Sort, Fault>();

  constructor(device: GPUDevice) {
    this.#device = device;
    void this.#awaitLoss();
    device.addEventListener('uncapturederror', (event) => {
      event.preventDefault();
      const fault = faultOf(event.error);
      this.note(fault, fault instanceof ShaderError ? 'command' : sortOf(fault));
    });
  }

  /** The cause of the others, as far as that can be told. */
  get worst(): Fault | undefined {
    const sort = sorts.find((one) => this.#noted.has(one));
    return sort === undefined ? undefined : this.#noted.get(sort);
  }

  /** Notes a refusal that nobody watched for as `command`: it may follow from one that somebody did. */
  note(fault: Fault, sort: Sort = sortOf(fault)): void {
    if (!this.#noted.has(sort)) this.#noted.set(sort, fault);
  }

  /** Asks for memory. Resolves to whether there is too little. */
  async lacksMemory(ask: () => void): Promise<boolean> {
    this.#device.pushErrorScope('out-of-memory');
    ask();
    try {
      return (await this.#device.popErrorScope()) !== null;
    } catch {
      // A lost device answers nothing more; that is a fault of its own.
      return false;
    }
  }

  /** Does what may be refused, by WebGPU's rules or by the driver; its error becomes a fault. */
  watch<Result>(act: () => Result, tell: (message: string) => Fault): Result {
    const filters = ['validation', 'internal'] as const;
    for (const filter of filters) this.#device.pushErrorScope(filter);
    try {
      return act();
    } finally {
      for (const _ of filters) this.#follow(this.#device.popErrorScope(), tell);
    }
  }

  #follow(scope: Promise<GPUError | null>, tell: (message: string) => Fault): void {
    const follow = async (): Promise<void> => {
      try {
        const error = await scope;
        if (error !== null) this.note(tell(shorten(error.message)));
      } catch {
        // A lost device answers nothing more; that is a fault of its own.
      }
      this.#pending.delete(seen);
    };
    const seen = follow();
    this.#pending.add(seen);
  }

  async #awaitLoss(): Promise<void> {
    const {message} = await this.#device.lost;
    const why = message === '' ? '' : `: ${shorten(message)}`;
    this.note(new DeviceLostError(`The GPU was lost${why}`));
  }

  /** @throws the worst fault so far */
  async check(): Promise<void> {
    await Promise.all(this.#pending);
    if (this.worst === undefined) return;
    await this.#learnOfLoss();
    throw this.worst;
  }

  /** Drivers fail on a device that is about to be lost: it says so before it answers anything else. */
  async #learnOfLoss(): Promise<void> {
    const answer = this.#device.queue.onSubmittedWorkDone();
    await Promise.race([this.#device.lost, answer.catch(() => undefined)]);
  }

  /** The reason why a wait failed. */
  async reason(failure: unknown): Promise<Error> {
    const {name, message} = failure as Error;
    // A wait is aborted only if the device is lost.
    if (name === 'AbortError') await this.#device.lost;
    await Promise.all(this.#pending);
    return this.worst ?? new ShaderError(shorten(message));
  }
}

function sortOf(fault: Fault): Sort {
  if (fault instanceof CapacityError) return 'capacity';
  if (fault instanceof DeviceLostError) return 'lost';
  return fault instanceof DriverError ? 'driver' : 'kernel';
}

function faultOf(error: GPUError): Fault {
  const message = shorten(error.message);
  switch (error.constructor.name) {
    case 'GPUOutOfMemoryError':
      return new CapacityError(`The GPU has no memory left: ${message}`);
    case 'GPUValidationError':
      return new ShaderError(`The GPU refuses a command: ${message}`);
    default:
      return new DriverError(`The GPU’s driver failed: ${message}`);
  }
}

/** The first lines: the text of a kernel may follow. */
export function shorten(message: string): string {
  const lines = message.trim().split('\n').slice(0, 12).join('\n');
  return lines.length <= 1000 ? lines : `${lines.slice(0, 1000)} …`;
}
