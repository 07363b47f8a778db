import {chmod, mkdir, writeFile} from 'node:fs/promises';
import {writeRequest} from '../../cluster/request.ts';
import type {Cluster, Pool} from '../../cluster/cluster.ts';
import {planned} from '../../schedule/execute-run.ts';
import type {Member} from '../../store/claims/heartbeat.ts';
import {runMembersFolder} from '../../store/layout.ts';
import {removeRun} from '../../store/upkeep/remove-run.ts';
import {runFacts} from '../pipeline/run-facts.ts';
import type {World} from '../world.ts';
import {
  engineTitle,
  outFolder,
  profilePath,
  scriptOf,
  scriptPath,
  type ClusterRun,
} from './cluster-run.ts';
import type {Crew} from './view/crew.ts';

/**
 * Writes down what the members of a run compute and how they start, begins its journal, and asks for members. Gives a
 * sentence if the cluster refuses them, or accepts none and nobody would ask again: then nothing of the run is left.
 * @param started.command the command line that repeats the run
 * @param started.profile the text of the cluster's profile
 * @param started.isDetached whether this process ends once members were asked for
 */
export async function startRun(
  started: ClusterRun & {
    readonly command: string;
    readonly members: ReadonlyMap<Pool, number>;
    readonly profile: string;
    readonly isDetached: boolean;
  },
  crew: Crew,
  {head}: Pick<Member, 'head'>,
  world: World,
): Promise<string | undefined> {
  const {run, store, request, cluster, graph, command, members} = started;
  await mkdir(runMembersFolder(store, run), {recursive: true});
  await mkdir(outFolder(store, run), {recursive: true});
  await writeRequest(store, run, request);
  // Its `remote` may hold a password, and the store may be one that others read.
  await writeFile(profilePath(store, run), started.profile, {mode: 0o600, flush: true});
  for (const pool of cluster.pools) {
    const file = scriptPath(store, run, pool);
    await writeFile(file, scriptOf(started, pool, world));
    await chmod(file, 0o700);
  }
  crew.emit({
    kind: 'run-started',
    run,
    head,
    pipeline: graph.file,
    command,
    instances: graph.instances.size,
    devices: [],
    cluster: cluster.name,
  });
  crew.emit({...planned(graph), facts: runFacts(graph, world)});
  const isLeftAlone = (): boolean => started.isDetached && !crew.hasMembers;
  const refused = await crew.recruiter.ask(members);
  const refusal = refused ?? (isLeftAlone() ? leftAlone(cluster) : undefined);
  if (refusal !== undefined) {
    // Another pool may have taken some.
    if (crew.hasMembers) await crew.cancel();
    crew.closeJournal();
    await removeRun(store, run);
  }
  return refusal;
}

function leftAlone(cluster: Cluster): string {
  return `${engineTitle(cluster)} accepts no member of the run at the moment, and with --detach nobody asks again: start it without --detach, or later.`;
}
