import type {RunCommand} from './run-command.ts';

/** The things that engines of clusters need of the machine on which they submit. */
export interface EngineHost {
  /** The environment of this process. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly run: RunCommand;
  /** The time that a command has, in milliseconds. */
  readonly limitMs: number;
  /** The time from one look for a submission whose answer was lost to the next, in milliseconds. */
  readonly lookMs: number;
  /** The user and the group of this process. Absent: the platform has none. */
  readonly user: {readonly uid: number; readonly gid: number} | undefined;
  /** Makes a text that no other submission has: letters and digits. */
  readonly newMark: () => string;
}
