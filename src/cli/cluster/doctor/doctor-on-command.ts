import {randomBytes} from 'node:crypto';
import path from 'node:path';
import {makeFolders} from '../../../base/make-folders.ts';
import type {Cluster, Pool} from '../../../cluster/cluster.ts';
import {probeFolder, writeOrder, type Probe} from '../../../cluster/probe/probe-files.ts';
import {Heartbeat} from '../../../store/claims/heartbeat.ts';
import {removeTree} from '../../../store/durable.ts';
import {examineFolder} from '../../../store/examine-folder.ts';
import {inspectStore, openStore} from '../../../store/open-store.ts';
import {leastNode} from '../../../base/package-version.ts';
import {exitCodes, type ExitCode} from '../../exit-codes.ts';
import type {World} from '../../world.ts';
import {writeJson} from '../../write-json.ts';
import {engineOf, openCluster, storeNameOf} from '../open-cluster.ts';
import {examineEngine, examineJob} from './examine-engine.ts';
import {examinePool, type Examination} from './examine-pool.ts';
import {Findings} from './findings.ts';
import {judgeStore} from './judge-store.ts';

export interface DoctorOnOptions {
  readonly on: string;
  readonly store: string;
  /** The only pool to examine. Absent: all of them. */
  readonly pool?: string;
  readonly json?: true;
  /** All options that were given. */
  readonly settings: readonly string[];
}

/**
 * `pipeline doctor --on CLUSTER`: lets a member of each pool find out whether it could compute, and says what is right and
 * what is wrong. Leaves nothing in the store.
 */
export async function doctorOnCommand(options: DoctorOnOptions, world: World): Promise<ExitCode> {
  const opened = await openCluster(options.on, undefined, world);
  if (typeof opened === 'number') return opened;
  const {cluster} = opened;
  const pools = chosenPools(cluster, options.pool);
  if (pools === undefined) {
    const names = cluster.pools.map(({name}) => name).join(', ');
    const message = `${cluster.name} has no pool ${options.pool}; it has ${names}.`;
    world.faults.fault('bad-command-line', message);
    return exitCodes.usage;
  }
  const folder = path.resolve(world.cwd, storeNameOf(options, cluster));
  const inspected = inspectStore(folder);
  if (inspected.kind === 'unusable') return refuse(inspected.message, world);
  const findings = new Findings(world, options.json === true);
  findings.say(`${cluster.name}: ${cluster.file}, store ${folder}`);
  const probe: Probe = {store: inspected.store, name: randomBytes(8).toString('hex')};
  const made = await makeFolders(probeFolder(probe));
  let code: ExitCode;
  try {
    code = await examine({cluster, pools, probe, findings}, world);
  } finally {
    await removeTree(probeFolder(probe));
  }
  if (code === exitCodes.storeUnusable && made !== undefined) await removeTree(made);
  if (options.json === true)
    writeJson({cluster: cluster.name, store: folder, ...findings.json()}, world);
  else findings.say(conclusion(findings.wrongs, code));
  return code;
}

interface Examined {
  readonly cluster: Cluster;
  readonly pools: readonly Pool[];
  readonly probe: Probe;
  readonly findings: Findings;
}

async function examine(examined: Examined, world: World): Promise<ExitCode> {
  const {cluster, probe, findings} = examined;
  const unmet = await examineFolder(path.join(probeFolder(probe), 'tried'));
  findings.add(judgeStore(unmet, 'on this machine'));
  if (unmet.length > 0) return exitCodes.storeUnusable;
  const opened = await openStore(probe.store.root);
  if (opened.kind === 'unusable') return refuse(opened.message, world);
  const interrupt = new AbortController();
  const release = world.onInterrupt(() => interrupt.abort());
  try {
    const engine = engineOf(cluster, world);
    findings.add(await examineEngine(cluster, {engine, run: `probe-${probe.name}`}, world));
    // A cluster that does not answer would take no member.
    if (findings.wrongs === 0)
      await examinePools({...examined, engine, signal: interrupt.signal}, world);
  } finally {
    release();
  }
  if (interrupt.signal.aborted) return exitCodes.killed;
  return findings.wrongs === 0 ? exitCodes.ok : exitCodes.unfit;
}

/** Examines all pools at the same time, as each may have to wait. */
async function examinePools(
  {pools, ...examined}: Examined & Pick<Examination, 'engine' | 'signal'>,
  world: World,
): Promise<void> {
  const {cluster, probe} = examined;
  const watchMs = world.waits.probeMs;
  const beatMs = watchMs / beats;
  const heartbeat = await Heartbeat.start(probe.store, world.pid, {beatMs, silenceMs: watchMs});
  try {
    const nonce = randomBytes(16).toString('hex');
    const order = {nonce, doctor: heartbeat.member.head.member, beatMs, watchMs};
    await writeOrder(probe, order);
    const expected = {nonce, program: world.findVersion(), leastNode: leastNode(world.packageRoot)};
    const judgeAllocation: Examination['judgeAllocation'] = (job) =>
      examineJob(cluster, job, world);
    const examination = {...examined, order, expected, judgeAllocation};
    const ends = await Promise.allSettled(
      pools.map((pool) => examinePool(pool, examination, world)),
    );
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  } finally {
    await heartbeat.stop();
  }
}

/** Heartbeats in the time of a probe: one a second. */
const beats = 45;

/** `undefined`: there is no such pool. */
function chosenPools({pools}: Cluster, name: string | undefined): readonly Pool[] | undefined {
  if (name === undefined) return pools;
  const chosen = pools.filter((pool) => pool.name === name);
  return chosen.length === 0 ? undefined : chosen;
}

function refuse(message: string, {faults}: World): ExitCode {
  faults.fault('unusable-store', message);
  return exitCodes.storeUnusable;
}

function conclusion(wrongs: number, code: ExitCode): string {
  if (code === exitCodes.killed) return 'Cancelled.';
  if (wrongs === 0) return 'All is well.';
  return wrongs === 1 ? '1 thing is wrong.' : `${wrongs} things are wrong.`;
}
