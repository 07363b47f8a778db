import type {FromWorker, ToWorker} from './protocol.ts';

/**
 * One end of the connection between a head and a worker. Messages arrive complete and in the order in which they were
 * sent. The channel defines how they travel; the protocol defines their meaning.
 */
export interface Channel<Sent, Received> {
  /** Resolves when the message is on its way, or when the receiver is gone. Never rejects. */
  send(message: Sent): Promise<void>;
  /** Calls back for every message that arrives from now on. */
  listen(listener: (message: Received) => void): void;
  /** Resolves when the other end is gone and its last message has arrived. Call it while the other end exists. */
  closed(): Promise<void>;
  /** Lets the process end although messages may still arrive. */
  unref(): void;
  /** Keeps the process alive, which is the initial state. */
  ref(): void;
}

/** The head's end. */
export type HeadChannel = Channel<ToWorker, FromWorker>;

/** The worker's end. */
export type WorkerChannel = Channel<FromWorker, ToWorker>;
