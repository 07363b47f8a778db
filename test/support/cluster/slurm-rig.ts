import {execFile, spawnSync} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {existsSync, readdirSync, readlinkSync} from 'node:fs';
import {chmod, mkdir, symlink, writeFile} from 'node:fs/promises';
import {hostname} from 'node:os';
import {setTimeout} from 'node:timers/promises';
import {promisify} from 'node:util';
import {isErrno} from '../../../src/base/errno.ts';
import {listProcesses, readProc} from '../../../src/store/claims/process-table.ts';
import {freePort} from '../rigs/ports.ts';
import {TemporaryFolder} from '../rigs/temporary-folder.ts';
import {Daemon} from '../rigs/daemon.ts';

const nodes = ['n0', 'n1'];
/** Settings by which Slurm confines jobs to their devices. */
const confining = ['ProctrackType=proctrack/cgroup', 'TaskPlugin=task/cgroup'] as const;
const programs = ['slurmctld', 'slurmd', 'munged', 'sbatch', 'srun'];

/**
 * Whether to skip a test that needs Slurm, in the form of `node:test`: a sentence, or `false`. In continuous integration
 * it must be there, so that a check that did not happen never looks like one that passed.
 */
export const skipWithoutSlurm: string | false = whyNoSlurm() ?? false;

function whyNoSlurm(): string | undefined {
  if (process.env['CI'] === 'true') return undefined;
  if (process.getuid?.() !== 0) return 'only root may start jobs of Slurm';
  const isThere = programs.every((program) => spawnSync('which', [program]).status === 0);
  return isThere ? undefined : 'there is no Slurm: apt-get install slurm-wlm munge';
}

/**
 * The words before a program that make the node on which it runs another machine: with the node’s name as host name, and
 * process numbers of its own. They serve as the `container` of a profile.
 */
export const asMachineOfItsOwn = [
  'unshare',
  '--uts',
  '--pid',
  '--fork',
  '--kill-child',
  '--mount-proc',
  'sh',
  '-c',
  'hostname "$SLURMD_NODENAME" && exec "$@"',
  'sh',
] as const;

/**
 * A cluster under Slurm on this machine: a controller, and the nodes `n0` and `n1` with 4 CPUs and 2 GPUs each, which
 * are no GPUs. The partition `low` is the default one; jobs in `high` preempt its jobs, which are requeued. A job that
 * is requeued waits for 9 s instead of 150 s.
 */
export class SlurmRig implements AsyncDisposable {
  readonly #folder: TemporaryFolder;
  readonly #daemons = new Map<string, Daemon>();

  private constructor(folder: TemporaryFolder) {
    this.#folder = folder;
  }

  /** Whether jobs can be confined to their devices: that needs the control groups of the first version. */
  static canConfine(): boolean {
    return existsSync('/sys/fs/cgroup/devices/tasks') && existsSync('/sys/fs/cgroup/freezer/tasks');
  }

  /**
   * @param settings further lines of `slurm.conf`, which replace those of the same name
   * @param confines whether each job is confined to its GPUs, all of which it then sees under numbers from 0 on
   */
  static async start(
    settings: readonly string[] = [],
    {confines = false}: {readonly confines?: boolean} = {},
  ): Promise<SlurmRig> {
    const folder = await TemporaryFolder.create();
    const rig = new SlurmRig(folder);
    try {
      await rig.#configure(confines ? [...confining, ...settings] : settings);
      await rig.#startMunge();
      await rig.startController();
      await Promise.all(nodes.map((node) => rig.startNode(node)));
      await rig.#idle();
    } catch (error) {
      await rig[Symbol.asyncDispose]();
      throw error;
    }
    return rig;
  }

  /** The variables with which Slurm’s commands find this cluster. */
  get environment(): {readonly SLURM_CONF: string} {
    return {SLURM_CONF: this.#folder.file('slurm.conf')};
  }

  /** Runs a command, such as one of Slurm’s, and gives what it prints. Rejects if it fails. */
  async call(program: string, ...words: readonly string[]): Promise<string> {
    const env = {...process.env, ...this.environment};
    const {stdout} = await promisify(execFile)(program, words, {env});
    return stdout;
  }

  /** Waits until a condition holds, and looks ten times a second. */
  async until(condition: () => Promise<boolean>): Promise<void> {
    while (!(await condition())) {
      for (const daemon of this.#daemons.values()) daemon.check();
      await setTimeout(100);
    }
  }

  /** The states of all jobs that Slurm has not forgotten, such as `12_1 RUNNING`, sorted. */
  async jobs(): Promise<readonly string[]> {
    const text = await this.call('squeue', '-h', '-a', '-r', '-t', 'all', '-o', '%i %T');
    return text.split('\n').filter(Boolean).sort();
  }

  async startController(): Promise<void> {
    await this.#start('slurmctld', ['slurmctld', '-D']);
  }

  /** Starts a node; it takes a moment until it has jobs. */
  async startNode(node: string): Promise<void> {
    await this.#start(node, ['slurmd', '-D', '-N', node]);
  }

  /** Kills the controller, or a node together with its jobs. */
  async kill(name: 'slurmctld' | 'n0' | 'n1'): Promise<void> {
    await this.#daemons.get(name)?.[Symbol.asyncDispose]();
    this.#daemons.delete(name);
    if (name !== 'slurmctld') this.#killJobs(name);
  }

  /** Stops (`SIGSTOP`) or continues (`SIGCONT`) the controller: it accepts connections, and does not answer. */
  signalController(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#daemons.get('slurmctld')!.signal(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const daemon of [...this.#daemons.values()].reverse()) await daemon[Symbol.asyncDispose]();
    for (const node of nodes) this.#killJobs(node);
    await this.#folder[Symbol.asyncDispose]();
  }

  async #start(name: string, words: readonly string[]): Promise<void> {
    const log = this.#folder.file(`${name}.log`);
    const environment = {...process.env, ...this.environment};
    this.#daemons.set(name, await Daemon.start(log, words, environment));
  }

  /**
   * Ends what keeps jobs of a node going after its daemon, and what they have started: Slurm’s processes write into the
   * node’s log, and those of jobs have its variables.
   */
  #killJobs(node: string): void {
    const log = this.#nodeLog(node);
    const marks = [`SLURM_CONF=${this.environment.SLURM_CONF}`, `SLURMD_NODENAME=${node}`];
    const isOfJob = (pid: number): boolean => {
      const variables = new Set(readProc(`${pid}/environ`)?.split('\0'));
      return marks.every((mark) => variables.has(mark)) || openFiles(pid).includes(log);
    };
    // They may start others before they are killed.
    for (let left = true; left;) {
      const found = (listProcesses() ?? []).filter(isOfJob);
      for (const pid of found) unlessGone(() => process.kill(pid, 'SIGKILL'), true);
      left = found.length > 0;
    }
  }

  #nodeLog(node: string): string {
    return this.#folder.file(`log/slurmd-${node}`);
  }

  async #startMunge(): Promise<void> {
    const key = this.#folder.file('munge.key');
    await writeFile(key, randomBytes(1024), {mode: 0o600});
    const files = {socket: 'munge', 'key-file': 'munge.key', 'pid-file': 'munge.pid'};
    const more = {'seed-file': 'munge.seed', 'log-file': 'munge.log'};
    const options = Object.entries({...files, ...more}).map(
      ([option, name]) => `--${option}=${this.#folder.file(name)}`,
    );
    await this.#start('munged', ['munged', '--foreground', ...options]);
    const socket = this.#folder.file('munge');
    await this.until(async () => spawnSync('munge', ['-n', '-S', socket]).status === 0);
  }

  async #configure(settings: readonly string[]): Promise<void> {
    // Other users run Slurm’s commands, too, and `munged` refuses a socket that they cannot reach.
    await chmod(this.#folder.path, 0o755);
    await Promise.all(['state', 'log'].map((name) => mkdir(this.#folder.file(name))));
    const ports = [await freePort(), await freePort(), await freePort()];
    const lines = [...this.#settings(), ...this.#places(ports)];
    const nameOf = (line: string): string => line.split('=', 1)[0]!;
    const replaced = new Set(settings.map(nameOf));
    const kept = lines.filter((line) => !replaced.has(nameOf(line)));
    await this.#write('slurm.conf', [...kept, ...settings]);
    const gpus = [0, 1, 2, 3].map((index) => this.#folder.file(`gpu${index}`));
    // Slurm takes any character device for a GPU. To be told apart by control groups they need numbers of their own.
    for (const [index, gpu] of gpus.entries()) {
      if (settings.includes(confining[0])) await this.call('mknod', gpu, 'c', '195', `${index}`);
      else await symlink('/dev/null', gpu);
    }
    await this.#write('cgroup.conf', ['CgroupPlugin=cgroup/v1', 'ConstrainDevices=yes']);
    const ofNode = (node: string, range: string): string =>
      `NodeName=${node} Name=gpu Type=fake File=${this.#folder.file(`gpu[${range}]`)}`;
    await this.#write('gres.conf', ['AutoDetect=off', ofNode('n0', '0-1'), ofNode('n1', '2-3')]);
  }

  async #write(name: string, lines: readonly string[]): Promise<void> {
    await writeFile(this.#folder.file(name), `${lines.join('\n')}\n`);
  }

  #places([controller, ...nodes]: readonly number[]): readonly string[] {
    const shape = 'CPUs=4 RealMemory=4000 Gres=gpu:fake:2';
    // Slurm compares the first part of the machine's name.
    const host = hostname().split('.')[0]!;
    const where = `NodeHostname=${host} NodeAddr=127.0.0.1`;
    return [
      'ClusterName=rig',
      `SlurmctldHost=${host}(127.0.0.1)`,
      `SlurmctldPort=${controller}`,
      ...nodes.map((port, index) => `NodeName=n${index} ${where} Port=${port} ${shape}`),
      'PartitionName=low Nodes=n0,n1 Default=YES State=UP PriorityTier=1 GraceTime=8',
      'PartitionName=high Nodes=n0,n1 State=UP PriorityTier=10',
    ];
  }

  #settings(): readonly string[] {
    const file = (name: string): string => this.#folder.file(name);
    return [
      'SlurmUser=root',
      `StateSaveLocation=${file('state')}`,
      `SlurmdSpoolDir=${file('spool-%n')}`,
      `SlurmctldPidFile=${file('slurmctld.pid')}`,
      `SlurmdPidFile=${file('slurmd-%n.pid')}`,
      `SlurmctldLogFile=${file('log/slurmctld')}`,
      `SlurmdLogFile=${this.#nodeLog('%n')}`,
      'ProctrackType=proctrack/linuxproc',
      'TaskPlugin=task/none',
      'SelectType=select/cons_tres',
      'SelectTypeParameters=CR_Core_Memory',
      'JobAcctGatherType=jobacct_gather/none',
      'AccountingStorageType=accounting_storage/none',
      'MpiDefault=none',
      'ReturnToService=2',
      'GresTypes=gpu',
      'SlurmdParameters=config_overrides',
      `AuthInfo=socket=${file('munge')},cred_expire=5`,
      'KillWait=5',
      'SlurmdTimeout=10',
      'MinJobAge=20',
      'SchedulerParameters=batch_sched_delay=0,bf_interval=1,sched_interval=2',
      'PreemptType=preempt/partition_prio',
      'PreemptMode=REQUEUE',
    ];
  }

  async #idle(): Promise<void> {
    await this.until(async () => {
      const states = await this.call('sinfo', '-h', '-N', '-p', 'low', '-o', '%T').catch(() => '');
      return states.split('\n').filter((state) => state === 'idle').length === 2;
    });
  }
}

/** The paths of the files that a process has open, as far as this user may see them. */
function openFiles(pid: number): readonly string[] {
  const folder = `/proc/${pid}/fd`;
  return unlessGone(() => readdirSync(folder), []).map((name) =>
    unlessGone(() => readlinkSync(`${folder}/${name}`), ''),
  );
}

function unlessGone<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH', 'EACCES', 'EPERM')) return otherwise;
    throw error;
  }
}
