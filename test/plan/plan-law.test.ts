/** Checks that a run does what a dry run announced, for any pipeline, edits, selection and damage. */
import assert from 'node:assert/strict';
import {chmod, readFile, readdir, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {canonicalJson} from '../../src/base/canonical-json.ts';
import {numericsNames, type Numerics} from '../../src/base/engines.ts';
import type {Registry} from '../../src/contract/registry.ts';
import type {Wishes} from '../../src/pipeline/graph/choose-instances.ts';
import type {Instance, OutputRef} from '../../src/pipeline/graph/instance.ts';
import type {Fingerprint} from '../../src/store/records/fingerprint.ts';
import {upstreamsOf} from '../../src/pipeline/graph/sub-graph.ts';
import {planGraph, type Plan} from '../../src/plan/plan-graph.ts';
import type {Reason} from '../../src/plan/verdict.ts';
import type {RunEvent} from '../../src/journal/event.ts';
import {anyEdit, anyPipeline, edited, type Edit} from '../support/laws/pipeline-arbitrary.ts';
import {plainLook, writeModel, type PipelineModel} from '../support/laws/pipeline-model.ts';
import {loadChoice, runInProcess} from '../support/rigs/run-in-process.ts';
import {registry} from '../support/registries/scripted-registry.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

/** Selected instances. Each number is taken modulo the number of instances. */
interface Picks {
  readonly select: readonly number[];
  readonly until: readonly number[];
  readonly force: readonly number[];
}

interface Step {
  readonly edits: readonly (Edit | Damage)[];
  readonly picks: Picks;
  readonly numerics: Numerics;
  readonly engine: string;
}

/** Overwrites the n-th stored file; n is taken modulo the number of files. */
interface Damage {
  readonly kind: 'damage-artifact' | 'damage-record';
  readonly nth: number;
}

const damage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom('damage-artifact', 'damage-record'),
  nth: fc.nat(20),
});
const few = fc.oneof(
  {weight: 2, arbitrary: fc.constant([])},
  fc.array(fc.nat(20), {minLength: 1, maxLength: 2}),
);
const step: fc.Arbitrary<Step> = fc.record({
  edits: fc.array(fc.oneof(anyEdit, damage), {maxLength: 2}),
  picks: fc.record({select: few, until: few, force: few}),
  numerics: fc.constantFrom(...numericsNames),
  engine: fc.constantFrom('auto', 'wasm', 'wasm-precise'),
});

test('planned hits are hits, planned instances run for the planned reasons, and no others run', async () => {
  const property = fc.asyncProperty(
    anyPipeline,
    fc.array(step, {minLength: 1, maxLength: 4}),
    async (pipeline, steps) => {
      await using folder = await TemporaryFolder.createInMemory();
      let model = pipeline;
      for (const {edits, ...asked} of steps) {
        for (const edit of edits) model = await applied(edit, model, folder.file('store'));
        await checkStep(model, asked, folder.file('store'));
      }
    },
  );
  await fc.assert(property, {numRuns: 40});
});

async function checkStep(
  model: PipelineModel,
  {picks, numerics, engine}: Omit<Step, 'edits'>,
  store: string,
): Promise<void> {
  const {'p.yaml': text, ...files} = writeModel(model, plainLook);
  const given = {
    files: {'p.yaml': `numerics: ${numerics}\n${text}`, ...files},
    stageTypes: withVersions(model.versions),
    engine,
  };
  const {whole} = await loadChoice(given);
  const wishes = await wishesOf(picks, [...whole.instances.keys()], given);
  const {graph, forced} = await loadChoice({...given, wishes});
  const plan = planGraph(graph, {root: store}, forced);
  const stored = await storedBefore(store);
  const {events, outcome} = await runInProcess({...given, wishes, store});
  assert.equal(outcome, 'ok');
  checkVerdicts(plan, stored);
  compare(plan, events);
  // A second plan finds every result.
  for (const [id, {verdict}] of planGraph(graph, {root: store}))
    assert.equal(verdict.kind, 'hit', id);
}

/**
 * Checks that the plan decides all that can be known: a verdict is `maybe` exactly if an input will be computed first,
 * and a stored result differs in nothing else.
 */
function checkVerdicts(plan: Plan, stored: readonly Fingerprint[]): void {
  for (const [id, {instance, verdict}] of plan) {
    const pending = upstreamsOf(instance).filter((up) => plan.get(up)!.verdict.kind !== 'hit');
    if (verdict.kind === 'run' && verdict.reasons[0]?.kind === 'forced') continue;
    const canBeStored = stored.some((past) => isAlike(past, instance, plan));
    assert.equal(verdict.kind === 'maybe', pending.length > 0 && canBeStored, id);
    if (verdict.kind === 'hit' || ('key' in verdict && verdict.key !== undefined)) continue;
    const told = verdict.reasons.at(-1);
    if (told?.kind === 'never-run') continue;
    assert.deepEqual(told?.kind === 'upstream' && [...told.instances].sort(), pending.sort(), id);
  }
}

/** Tells whether a stored result differs from an instance at most in inputs that will be computed again. */
function isAlike(past: Fingerprint, {type, params, engine, inputs}: Instance, plan: Plan): boolean {
  const known = Object.entries(inputs).filter(([, refs]) =>
    refs.every((ref) => plan.get(ref.instance)!.verdict.kind === 'hit'),
  );
  const digests = ({instance, output}: OutputRef): readonly string[] => {
    const {verdict} = plan.get(instance)!;
    assert.ok(verdict.kind === 'hit');
    return verdict.record.outputs[output]!.artifacts.map(({digest}) => digest);
  };
  const of = (
    {type, version}: {readonly type: string; readonly version: number},
    rest: Pick<Fingerprint, 'params' | 'engine'>,
  ): string => canonicalJson([type, version, rest.params, rest.engine ?? null]);
  return (
    of(past, past) === of(type.contract, {params, ...(engine && {engine})}) &&
    known.every(([port, refs]) => String(past.inputs[port]) === String(refs.flatMap(digests)))
  );
}

/** Gives the fingerprints of all results that have a record, whether their artifacts are sound or not. */
async function storedBefore(store: string): Promise<readonly Fingerprint[]> {
  const keys = new Set(
    (await filesBelow(path.join(store, 'records'))).map((file) => path.basename(file, '.json')),
  );
  const files = (await filesBelow(path.join(store, 'fingerprints'))).filter((file) =>
    keys.has(path.basename(file, '.json')),
  );
  return await Promise.all(
    files.map(async (file) => {
      const preimage = JSON.parse(await readFile(file, 'utf8')) as readonly [
        string,
        1,
        Fingerprint,
      ];
      return preimage[2];
    }),
  );
}

function compare(plan: Plan, events: readonly RunEvent[]): void {
  const starts = new Map<string, readonly Reason[]>();
  const startedKeys = new Set<string>();
  const remade = new Set<string>();
  const hits = new Map<string, string>();
  for (const event of events) {
    if (event.kind === 'hit') hits.set(event.instance, event.key);
    if (event.kind === 'started') {
      assert.ok(!starts.has(event.instance), `${event.instance} was started twice`);
      starts.set(event.instance, event.reasons);
      startedKeys.add(event.key);
    }
    if (event.kind !== 'finished') continue;
    for (const {artifacts} of Object.values(event.record.outputs)) {
      for (const {digest} of artifacts) remade.add(digest);
    }
  }
  for (const [id, {verdict, sameAs}] of plan) {
    const reasons = starts.get(id);
    // Of two instances with the same key only one runs. Which one is known when the first of them is ready.
    const isOnce = sameAs === undefined || reasons === undefined || !starts.has(sameAs);
    assert.ok(isOnce, `${id} was to be done with ${sameAs}`);
    if (verdict.kind === 'hit') {
      assert.ok(reasons === undefined && hits.get(id) === verdict.key, `${id} was to be a hit`);
    } else if (verdict.kind === 'maybe') {
      assert.ok(reasons !== undefined || hits.has(id), `${id} neither ran nor was a hit`);
    } else if (reasons !== undefined && verdict.reasons.at(-1)!.kind === 'upstream') {
      // The plan did not know the inputs, and so not the most similar result. The instance ran for another reason, but
      // was not forced.
      assert.ok(reasons.length > 0 && reasons[0]!.kind !== 'forced', id);
    } else if (reasons !== undefined) {
      assert.deepEqual(reasons, verdict.reasons, id);
    } else {
      // Another instance made the result: one with the same key, or one whose outputs equal the missing bytes.
      const returned = verdict.reasons.every(
        (reason) => 'digest' in reason && remade.has(reason.digest),
      );
      const key = hits.get(id);
      assert.ok(key !== undefined && (startedKeys.has(key) || returned), `${id} was to run`);
    }
  }
  for (const id of starts.keys()) assert.ok(plan.has(id as never), `${id} was not planned`);
}

/** Gives the wishes that the picks stand for. Forced instances are picked from the selected ones. */
async function wishesOf(
  {select, until, force}: Picks,
  ids: readonly string[],
  given: Parameters<typeof loadChoice>[0],
): Promise<Wishes> {
  const pick = (from: readonly string[], picks: readonly number[]): readonly string[] =>
    picks.map((index) => from[index % from.length]!);
  const wishes = {select: pick(ids, select), until: pick(ids, until), force: []};
  const {graph} = await loadChoice({...given, wishes});
  return {...wishes, force: pick([...graph.instances.keys()], force)};
}

async function applied(
  edit: Edit | Damage,
  model: PipelineModel,
  store: string,
): Promise<PipelineModel> {
  switch (edit.kind) {
    case 'word':
    case 'steps':
    case 'stage':
    case 'cut':
    case 'version':
    case 'axis':
      return edited(model, edit);
    case 'look':
      return model;
    case 'delete-record':
    case 'delete-artifact':
    case 'damage-record':
    // The planner cannot see damage that shows only when the artifact is read.
    case 'rot-artifact':
    case 'damage-artifact': {
      const [deed, what] = edit.kind.split('-');
      const root = path.join(store, what === 'record' ? 'records' : 'cas');
      const file = nth(await filesBelow(root), edit.nth);
      if (file !== undefined && deed === 'delete') await rm(file);
      else if (file !== undefined) await overwrite(file);
      return model;
    }
  }
}

async function overwrite(file: string): Promise<void> {
  await chmod(file, 0o644);
  await writeFile(file, 'damaged');
}

async function filesBelow(root: string): Promise<readonly string[]> {
  const names = await readdir(root, {recursive: true, withFileTypes: true}).catch(() => []);
  return names
    .filter((entry) => entry.isFile() && !entry.name.startsWith('index'))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

function nth<T>(items: readonly T[], index: number): T | undefined {
  return items[index % items.length];
}

/** Gives the scripted stage types with other versions, and with some that run tensor programs. */
function withVersions(versions: PipelineModel['versions']): Registry {
  const entries = Array.from(registry, ([name, type]) => {
    const version = versions[name] ?? type.contract.version;
    const contract = {...type.contract, version};
    const runsPrograms = name === 'say' || name === 'reverse';
    return [
      name,
      {...type, contract: runsPrograms ? {...contract, engine: true as const} : contract},
    ] as const;
  });
  return new Map(entries);
}
