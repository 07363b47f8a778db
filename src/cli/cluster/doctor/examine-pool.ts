import {chmod, mkdir, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {namesIn} from '../../../base/folder-entries.ts';
import type {Cluster, Pool} from '../../../cluster/cluster.ts';
import type {ClusterEngine, Submission} from '../../../cluster/engine.ts';
import {memberScript} from '../../../cluster/member-script.ts';
import {
  poolFolder,
  type Probe,
  type ProbeOrder,
  type ProbeStart,
} from '../../../cluster/probe/probe-files.ts';
import {formatDuration} from '../../../report/format/duration.ts';
import {memberPath} from '../../../store/layout.ts';
import {removeTree} from '../../../store/durable.ts';
import type {World} from '../../world.ts';
import type {Findings} from './findings.ts';
import {judgeMember, type Expected} from './judge-member.ts';
import {judgeSight} from './judge-sight.ts';
import {judgeStore} from './judge-store.ts';
import {right, wrong, type Observation} from './observation.ts';
import {watchProbe, type ProbeEnd} from './watch-probe.ts';

/** The pool that a doctor examines, and its surroundings. */
export interface Examination {
  readonly cluster: Cluster;
  readonly engine: ClusterEngine;
  readonly probe: Probe;
  readonly order: ProbeOrder;
  readonly expected: Expected;
  readonly findings: Findings;
  /** Ends the examination. */
  readonly signal: AbortSignal;
  /** Judges what the cluster says about an allocation. */
  readonly judgeAllocation: (job: string) => Promise<readonly Observation[]>;
}

/** Asks for one member of a pool, watches it, and sees that nothing of it is left. */
export async function examinePool(
  pool: Pool,
  examination: Examination,
  world: World,
): Promise<void> {
  const {engine, probe, findings, cluster} = examination;
  const submission = await prepare(pool, examination, world);
  findings.say(`… asking for a member of ${pool.name}`);
  const answer = await engine.submit(submission);
  if (answer.kind !== 'submitted') {
    findings.add(
      [wrong(`${cluster.name} takes no member of ${pool.name}: ${answer.message}`)],
      pool.name,
    );
    return;
  }
  findings.about(pool.name, {job: answer.job});
  findings.add(
    [right(`${cluster.name} takes a member of ${pool.name}, as ${answer.job}.`)],
    pool.name,
  );
  let member: string | undefined;
  let end: ProbeEnd | undefined;
  try {
    end = await watchProbe({
      ...examination,
      pool: pool.name,
      run: submission.run,
      waits: world.waits,
      onStart: (start, startedMs) => {
        member = start.member;
        tellStart(pool, {start, startedMs}, examination);
      },
      onWait: (words) => findings.say(`… the member of ${pool.name} waits in the queue (${words})`),
    });
    if (member !== undefined) {
      findings.add(await examination.judgeAllocation(answer.job), pool.name);
    }
    findings.add(await judgeEnd(pool, end, examination), pool.name);
  } finally {
    if (end?.kind !== 'reported' && end?.kind !== 'gone') await cancel(submission, examination);
    if (member !== undefined) await removeTree(memberPath(probe.store, member));
  }
}

/** Writes the script of the member. */
async function prepare(
  pool: Pool,
  {cluster, probe}: Examination,
  {executable, environment}: World,
): Promise<Submission> {
  const folder = poolFolder(probe, pool.name);
  const logs = path.join(folder, 'out');
  await mkdir(logs, {recursive: true});
  const script = path.join(folder, 'member.sh');
  const [node, main] = executable;
  const text = memberScript(cluster, pool, {
    command: 'probe',
    output: path.join(logs, 'member.txt'),
    run: probe.name,
    store: probe.store.root,
    program: [node!, main!],
    environment,
  });
  await writeFile(script, text);
  await chmod(script, 0o700);
  const run = `probe-${probe.name}-${pool.name}`;
  return {run, pool, members: 1, script, logs, variables: []};
}

function tellStart(
  pool: Pool,
  {start, startedMs}: {readonly start: ProbeStart; readonly startedMs: number},
  {findings, expected, order}: Examination,
): void {
  findings.about(pool.name, {startedMs, member: start});
  const observations = judgeMember(pool, start, expected);
  findings.add(
    [
      right(
        `The member of ${pool.name} has started after ${formatDuration(startedMs)}, on ${start.host}.`,
      ),
    ],
    pool.name,
  );
  findings.add(observations, pool.name);
  const time = formatDuration(order.watchMs);
  findings.say(`… watching for ${time} what ${start.host} and this machine see of each other`);
}

async function judgeEnd(
  {name}: Pool,
  end: ProbeEnd,
  {probe, order: {watchMs, beatMs}, cluster}: Examination,
): Promise<readonly Observation[]> {
  switch (end.kind) {
    case 'reported': {
      const {unmet, sight: there} = end.report;
      const ofStore = judgeStore(unmet, `for a member of ${name}`);
      // The two sides need links to answer each other.
      if (unmet.some(({need}) => need === 'link')) return ofStore;
      return [...ofStore, ...judgeSight({here: end.sight, there, watchMs, beatMs}, name)];
    }
    case 'gone': {
      const what = `The member of ${name} has ended without a report. Perhaps the store is another folder there, or its Node.js or this program could not start.`;
      return [wrong(`${what}${await printedBy(probe, name)}`)];
    }
    case 'silent': {
      const what = `The report of the member of ${name} does not come, and ${cluster.name} does not say that the member has ended.`;
      return [wrong(`${what}${await printedBy(probe, name)}`)];
    }
    case 'interrupted':
      return [];
  }
}

/** Number of lines of what a member printed that are told. */
const toldLines = 10;

async function printedBy(probe: Probe, pool: string): Promise<string> {
  const folder = path.join(poolFolder(probe, pool), 'out');
  const texts = await Promise.all(
    namesIn(folder).map((name) => readFile(path.join(folder, name), 'utf8')),
  );
  const lines = texts.join('').trimEnd().split('\n').slice(-toldLines);
  if (lines.join('') === '') return ' It has printed nothing that is seen here.';
  return ` It has printed:\n${lines.map((line) => `  | ${line}`).join('\n')}`;
}

/** The doctor asks the cluster so many times, a second apart, whether a cancelled member has gone. */
const looksAfterCancel = 10;

/** Cancels a member, and waits until it does not write into the store any more. */
async function cancel({run}: Submission, {engine, findings}: Examination): Promise<void> {
  const refusal = await engine.cancel(run);
  if (refusal !== undefined) findings.add([wrong(refusal)]);
  for (let look = 0; look < looksAfterCancel; look++) {
    if ((await engine.list(run))?.length === 0) return;
    await setTimeout(1000);
  }
}
