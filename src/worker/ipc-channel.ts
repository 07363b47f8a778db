import type {ChildProcess} from 'node:child_process';
import type {Channel} from './channel.ts';

/** What Node.js connects a process that it has forked with: in the head the child, in the child its own process. */
export type IpcEnd = Pick<ChildProcess | NodeJS.Process, 'send' | 'connected' | 'channel'> & {
  on(event: 'message', listener: (message: unknown) => void): unknown;
  once(event: 'disconnect', listener: () => void): unknown;
};

/** A channel by the IPC of Node.js. */
export function ipcChannel<Sent, Received>(end: IpcEnd): Channel<Sent, Received> {
  return {
    send: (message) =>
      new Promise((resolve) => {
        if (end.send === undefined || !end.connected) resolve();
        // A message that could not be delivered needs no handling: the end of the process tells.
        else end.send(message as object, undefined, undefined, () => resolve());
      }),
    listen: (listener) => void end.on('message', (message) => listener(message as Received)),
    closed: () => new Promise((resolve) => void end.once('disconnect', resolve)),
    unref: () => end.channel?.unref(),
    ref: () => end.channel?.ref(),
  };
}
