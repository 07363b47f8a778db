import type {FromWorker, ToWorker} from './protocol.ts';

/**
 * One end of the connection between a head and a worker. Messages arrive whole and in the order in which they were sent.
 * How they travel is the channel's business; what they mean is the protocol's.
 */
export interface Channel<Sent, Received> {
  /** Resolves when the message is on its way, or when nobody is there any more to receive it. Never rejects. */
  send(message: Sent): Promise<void>;
  /** Calls back for every message that arrives from now on. */
  listen(listener: (message: Received) => void): void;
  /** Resolves when the other end is gone and its last message has arrived. To be called while it is there. */
  closed(): Promise<void>;
  /** Lets the process end although messages may still arrive. */
  unref(): void;
  /** Keeps the process from ending, as it does at first. */
  ref(): void;
}

/** The head's end. */
export type HeadChannel = Channel<ToWorker, FromWorker>;

/** The worker's end. */
export type WorkerChannel = Channel<FromWorker, ToWorker>;
