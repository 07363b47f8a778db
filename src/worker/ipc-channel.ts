import type {ChildProcess} from 'node:child_process';
import type {Channel} from './channel.ts';

/** The IPC end of a process that Node.js has forked: the child in the head, the own process in the child. */
export type IpcEnd = Pick<ChildProcess | NodeJS.Process, 'send' | 'connected' | 'channel'> & {
  on(event: 'message', listener: (message: unknown) => void): unknown;
  once(event: 'disconnect', listener: () => void): unknown;
};

/** A channel over the IPC of Node.js. */
export function ipcChannel<Sent, Received>(end: IpcEnd): Channel<Sent, Received> {
  return {
    send: (message) =>
      new Promise((resolve) => {
        if (end.send === undefined || !end.connected) resolve();
        // A message that could not be delivered needs no handling: the end of the process will show it.
        else end.send(message as object, undefined, undefined, () => resolve());
      }),
    listen: (listener) => void end.on('message', (message) => listener(message as Received)),
    closed: () => new Promise((resolve) => void end.once('disconnect', resolve)),
    unref: () => end.channel?.unref(),
    ref: () => end.channel?.ref(),
  };
}
