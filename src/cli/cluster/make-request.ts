import path from 'node:path';
import {canonicalJson} from '../../base/canonical-json.ts';
import {digestOf} from '../../base/digest.ts';
import type {Json} from '../../base/json.ts';
import type {Cluster} from '../../cluster/cluster.ts';
import type {RunRequest} from '../../cluster/request.ts';
import type {InstanceGraph} from '../../pipeline/graph/instance.ts';
import type {RunOptions} from '../options/pipeline-options.ts';
import type {World} from '../world.ts';
import {surroundingsOfRun} from './run-surroundings.ts';

/** What a command line asks the members of a cluster to compute. */
export function makeRequest(
  asked: {
    readonly file: string;
    readonly selectors: readonly string[];
    readonly graph: InstanceGraph;
    readonly sources: RunRequest['sources'];
    readonly cluster: Cluster;
  },
  options: RunOptions,
  world: World,
): RunRequest {
  const {file, selectors, graph, sources, cluster} = asked;
  const {set = [], until = [], force = [], engine, checkpointInterval, stopWithin} = options;
  const {project, paramsFile = []} = options;
  return {
    format: 1,
    version: world.findVersion(),
    cluster: cluster.name,
    cwd: world.cwd,
    args: {
      file,
      selectors,
      paramsFile,
      set,
      projectPlugins: Object.fromEntries(
        project.plugins.map(({value, span}) => [value, path.resolve(world.cwd, span.file.name)]),
      ),
      ...(project.file !== undefined && {projectFile: path.resolve(world.cwd, project.file)}),
      until,
      force,
      engine,
      software: options.software === true,
      keepGoing: options.keepGoing === true,
      remote: options.remote !== false,
      remoteWrite: options.remoteWrite === true,
      ...(checkpointInterval !== undefined && {checkpointInterval}),
      ...(stopWithin !== undefined && {stopWithin}),
    },
    sources,
    ...surroundingsOfRun(graph),
    pools: Object.fromEntries(cluster.pools.map(({name, takes}) => [name, {takes}])),
    restarts: cluster.restarts,
  };
}

/** The digest of a request: the same for two that ask for the same. */
export function requestDigest(request: RunRequest): string {
  return digestOf(canonicalJson(request as unknown as Json));
}
