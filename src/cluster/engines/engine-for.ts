import {randomBytes} from 'node:crypto';
import {getegid, geteuid} from 'node:process';
import type {ClusterEngineConfig} from '../cluster.ts';
import type {ClusterEngine} from '../engine.ts';
import {CommandEngine} from './command.ts';
import type {EngineHost} from './engine-host.ts';
import {KubernetesEngine} from './kubernetes.ts';
import {runCommand} from './run-command.ts';
import {SlurmEngine} from './slurm.ts';
import {SshEngine} from './ssh.ts';

/** The engine of a cluster. What is not given is as on a real machine. */
export function engineFor(
  config: ClusterEngineConfig,
  given: Pick<EngineHost, 'environment'> & Partial<EngineHost>,
): ClusterEngine {
  const host: EngineHost = {
    run: runCommand,
    // Slurm's own limit is 10 s for each of a few attempts, and sites raise it to 100.
    limitMs: 120_000,
    lookMs: 30_000,
    user: geteuid && getegid && {uid: geteuid(), gid: getegid()},
    newMark: () => randomBytes(4).toString('hex'),
    ...given,
  };
  switch (config.kind) {
    case 'slurm':
      return new SlurmEngine(host);
    case 'command':
      return new CommandEngine(config, host);
    case 'ssh':
      return new SshEngine(config, host);
    case 'kubernetes':
      return new KubernetesEngine(config, host);
  }
}
