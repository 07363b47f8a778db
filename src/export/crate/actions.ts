import {canonicalJson} from '../../base/canonical-json.ts';
import type {JsonObject} from '../../base/json.ts';
import type {InstanceId} from '../../pipeline/graph/instance.ts';
import {lostAttempts, type LostAttempt} from './attempts.ts';
import type {CrateSource, InstanceResult} from './crate-source.ts';
import {localId, type Entities, type Reference} from './entity.ts';
import type {ArtifactEntities} from './file-entities.ts';
import {isUserFile, paramOf, plainValue, toolOf} from './tools.ts';

interface Into {
  readonly entities: Entities;
  readonly artifacts: ArtifactEntities;
  /** Who started the run. */
  readonly agent: readonly Reference[];
}

const completed = 'http://schema.org/CompletedActionStatus';
const failed = 'http://schema.org/FailedActionStatus';

/** Adds the attempts that made the results of a run, and those of the run that gave none, by instance. */
export function addAttempts(
  source: CrateSource,
  toolOfStage: (instance: InstanceId) => Reference,
  into: Into,
): ReadonlyMap<InstanceId, readonly Reference[]> {
  const actions = new Map<InstanceId, Reference[]>();
  const note = (instance: InstanceId, action: Reference): void => {
    actions.set(instance, [...(actions.get(instance) ?? []), action]);
  };
  for (const lost of lostAttempts(source.events)) {
    const tool = toolOfStage(lost.instance);
    note(lost.instance, addLost(lost, tool, source.describeCause, into));
  }
  for (const result of source.results) {
    if (!isUserFile(result)) note(result.instance, addMade(result, into));
  }
  return actions;
}

/** An attempt that made a result. Instances with one key share it, and its name is that of the first. */
function addMade(result: InstanceResult, into: Into): Reference {
  const {instance, record, fingerprint} = result;
  const {entities, artifacts, agent} = into;
  const {attempt, host, node, durationMs, provenance} = record;
  const inputs = Object.values(fingerprint?.inputs ?? {}).flat();
  const outputs = Object.values(record.outputs).flatMap((output) => output.artifacts);
  const told = Object.keys(provenance).length === 0 ? '' : ` It told: ${canonicalJson(provenance)}`;
  return entities.add({
    '@id': localId('attempt', attempt),
    '@type': 'CreateAction',
    name: instance,
    description: `Computed on ${host} by Node.js ${node}, in ${durationMs / 1000} s of working time. Key: ${record.key}.${told}`,
    instrument: toolOf(result),
    object: [
      ...[...new Set(inputs)].map((digest) => artifacts.refer(digest)),
      ...addValues(result, entities),
      ...addEngine(provenance, entities),
    ],
    result: [...new Set(outputs.map(({digest}) => digest))].map((one) => artifacts.refer(one)),
    startTime: timeOf(record.startedAt),
    endTime: timeOf(record.finishedAt),
    actionStatus: completed,
    agent,
  });
}

function addValues(result: InstanceResult, entities: Entities): readonly Reference[] {
  const {attempt} = result.record;
  return Object.entries(result.fingerprint?.params ?? {}).map(([name, value]) =>
    entities.add({
      '@id': localId('attempt', attempt, 'with', name),
      '@type': 'PropertyValue',
      name,
      value: plainValue(value),
      exampleOfWork: paramOf(result, name),
    }),
  );
}

/** The engine that executed the tensor programs of an attempt: it may differ between results of one run. */
function addEngine(provenance: JsonObject, entities: Entities): readonly Reference[] {
  const {engine, engineDescription: description} = provenance;
  if (typeof engine !== 'string') return [];
  const told = typeof description === 'string' && {description};
  return [
    entities.add({
      '@id': localId('engine', engine, told === false ? '' : told.description),
      '@type': 'PropertyValue',
      name: 'engine',
      value: engine,
      ...told,
    }),
  ];
}

function addLost(
  {instance, attempt, startedAt, endedAt, cause}: LostAttempt,
  instrument: Reference,
  describeCause: CrateSource['describeCause'],
  {entities, agent}: Into,
): Reference {
  const stopped = endedAt === undefined ? 'The run was killed.' : 'The attempt was stopped.';
  return entities.add({
    '@id': localId('attempt', attempt),
    '@type': 'CreateAction',
    name: instance,
    description: 'An attempt that gave no result.',
    instrument,
    startTime: timeOf(startedAt),
    endTime: timeOf(endedAt),
    actionStatus: failed,
    error: cause === undefined ? stopped : describeCause(cause),
    agent,
  });
}

/**
 * Adds the run: the execution of the pipeline, that of each instance as a step of it, and that of this program, which
 * started them.
 */
export function addRun(
  {account, planned}: Pick<CrateSource, 'account' | 'planned'>,
  run: {
    readonly workflow: Reference;
    readonly software: Reference;
    readonly object: readonly Reference[];
    readonly result: readonly Reference[];
    readonly attempts: ReadonlyMap<InstanceId, readonly Reference[]>;
    readonly stepOf: (instance: InstanceId) => Reference;
  },
  {entities, agent}: Into,
): readonly Reference[] {
  const isDone = account.outcome === 'ok';
  const times = {
    startTime: timeOf(account.started?.at),
    endTime: timeOf(account.finished?.at),
    actionStatus: isDone ? completed : failed,
    error: isDone ? undefined : `The outcome of the run is: ${account.outcome}.`,
    agent,
  };
  const made = entities.add({
    '@id': localId('run', account.run),
    '@type': 'CreateAction',
    name: `Run ${account.run} of ${planned.name}`,
    description: account.started?.command ?? `A run of ${planned.name}`,
    instrument: run.workflow,
    object: run.object,
    result: run.result,
    ...times,
  });
  const steps = Array.from(run.attempts, ([instance, actions]) =>
    entities.add({
      '@id': localId('step', instance),
      '@type': 'ControlAction',
      name: instance,
      instrument: run.stepOf(instance),
      object: actions,
    }),
  );
  const organised = entities.add({
    '@id': localId('organise', account.run),
    '@type': 'OrganizeAction',
    name: `Distillery runs ${planned.name}`,
    instrument: run.software,
    object: steps,
    result: made,
    ...times,
  });
  // Instances with one key share an attempt.
  const attempts = new Map(
    Array.from(run.attempts.values()).flatMap((all) => all.map((one) => [one['@id'], one])),
  );
  return [made, organised, ...attempts.values()];
}

/** A time with the offset that the profiles' validators ask for. */
function timeOf(at: string | undefined): string | undefined {
  return at?.replace(/Z$/, '+00:00');
}
