import assert from 'node:assert/strict';
import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {packageVersion} from '../../../src/base/package-version.ts';
import {profilePath} from '../../../src/cli/cluster/cluster-run.ts';
import {keepSources, writeRequest, type RunRequest} from '../../../src/cluster/request.ts';
import type {RunEvent} from '../../../src/journal/event.ts';
import {readRunEvents} from '../../../src/journal/members/read-run-events.ts';
import {runName} from '../../../src/journal/run-name.ts';
import {loadPipeline} from '../../../src/pipeline/load-pipeline.ts';
import {Recorder} from '../../../src/schedule/recorder.ts';
import {processIdentity} from '../../../src/store/claims/process-identity.ts';
import {runFolder, type Store} from '../../../src/store/layout.ts';
import {openStore} from '../../../src/store/open-store.ts';
import type {Program, Rig} from '../program/rig.ts';
import {registry} from '../registries/scripted-registry.ts';
import {repositoryFile} from '../texts/repository.ts';

/** What differs from the usual request. */
export type Asked = Partial<Omit<RunRequest, 'args'>> & {
  readonly args?: Partial<RunRequest['args']>;
};

/** A run of `p.yaml` that was submitted to a cluster, whose members the test starts. */
export class SubmittedRun {
  readonly run: string;
  readonly store: Store;
  readonly #rig: Rig;

  private constructor(rig: Rig, run: string, store: Store) {
    this.#rig = rig;
    this.run = run;
    this.store = store;
  }

  static async submit(
    rig: Rig,
    asked: Asked = {},
    head = processIdentity(process.pid),
  ): Promise<SubmittedRun> {
    const opened = await openStore(path.join(rig.folder, 'artifacts'));
    if (opened.kind === 'unusable') assert.fail(opened.message);
    const {store} = opened;
    const keeping = keepSources();
    const file = path.join(rig.folder, 'p.yaml');
    const loaded = await loadPipeline({file, registry, readFile: keeping.readFile});
    if (loaded.kind === 'invalid') assert.fail(loaded.diagnostics[0]?.message ?? '');
    const run = runName(new Date());
    await mkdir(runFolder(store, run), {recursive: true});
    const recorder = new Recorder(runFolder(store, run), () => undefined);
    recorder.emit({
      kind: 'run-started',
      run,
      head,
      pipeline: 'p.yaml',
      instances: loaded.graph.instances.size,
      devices: [],
      cluster: 'lab',
    });
    recorder.close();
    await writeFile(profilePath(store, run), profile);
    await writeRequest(store, run, requestOf(rig, keeping.sources(), asked));
    return new SubmittedRun(rig, run, store);
  }

  /** Starts a member on a machine of its own. */
  member(
    host: string,
    {pool = 'main', ...environment}: Readonly<Record<string, string>> = {},
  ): Program {
    const words = ['work', this.run, '--store', this.store.root, '--pool', pool];
    return this.#rig.with(environment).startOn(host, words);
  }

  /** The merged history. */
  events(): readonly RunEvent[] {
    return readRunEvents(this.store, this.run).events;
  }

  /** The events of one kind. */
  told<Kind extends RunEvent['kind']>(kind: Kind): readonly Extract<RunEvent, {kind: Kind}>[] {
    return this.events().filter(
      (event): event is Extract<RunEvent, {kind: Kind}> => event.kind === kind,
    );
  }

  /** Why each member has left, in the order in which they did: `a: done`. */
  left(): readonly string[] {
    return this.told('member-left').map(({name, why}) => `${name}: ${why}`);
  }
}

const profile = 'kind: slurm\npools: {main: {}, cpu: {}}\n';

function requestOf(rig: Rig, sources: RunRequest['sources'], asked: Asked): RunRequest {
  return {
    format: 1,
    version: packageVersion(repositoryFile('.')),
    cluster: 'lab',
    cwd: rig.folder,
    sources,
    variables: {},
    plugins: {},
    pools: {main: {takes: ['gpu', 'device', 'cpu']}, cpu: {takes: ['cpu']}},
    restarts: 3,
    ...asked,
    args: {
      file: 'p.yaml',
      selectors: [],
      paramsFile: [],
      set: [],
      projectPlugins: {},
      until: [],
      force: [],
      engine: 'auto',
      software: false,
      keepGoing: false,
      remote: true,
      remoteWrite: false,
      ...asked.args,
    },
  };
}
