import {digestOf} from '../../base/digest.ts';
import {ownProperty} from '../../base/own-property.ts';
import type {VariableIdentity} from '../../contract/command.ts';

/** The variables of the process that loads a pipeline, by name. */
export type HostEnvironment = Readonly<Record<string, string | undefined>>;

/** A variable that is passed on, as it is part of keys. */
export function hostIdentity(name: string, host: HostEnvironment): VariableIdentity {
  const value = ownProperty(host, name);
  return value === undefined ? 'not set' : {sha256: digestOf(value)};
}
