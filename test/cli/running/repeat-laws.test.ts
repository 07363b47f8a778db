/** Tests by chance that a run does what a plan says, which never repeats another run. */
import assert from 'node:assert/strict';
import {readdir, readFile, rm, stat, utimes} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {
  array,
  assert as holds,
  asyncProperty,
  constant,
  constantFrom,
  integer,
  nat,
  oneof,
  record,
  type Arbitrary,
} from 'fast-check';
import {overwrite, Rig} from '../../support/program/rig.ts';
import {notedPipeline} from '../../support/texts/noted-pipeline.ts';

/** What happens between two runs: nothing, an edit, another variable, or something to a file of the store. */
type Step =
  | {readonly kind: 'nothing'}
  | {readonly kind: 'edit'; readonly word: string; readonly count: number}
  | {readonly kind: 'note'; readonly text: string}
  | {readonly kind: 'mood'; readonly mood: string}
  | {
      readonly kind: 'store';
      readonly folder: 'records' | 'cas';
      readonly pick: number;
      readonly how: How;
    }
  | {readonly kind: 'select'; readonly words: readonly string[]};

type How = 'delete' | 'damage' | 'touch';

const words = constantFrom('one', 'two', 'three');
const steps: Arbitrary<Step> = oneof(
  {weight: 3, arbitrary: constant({kind: 'nothing'} as const)},
  record({kind: constant('edit' as const), word: words, count: integer({min: 1, max: 3})}),
  record({kind: constant('note' as const), text: words}),
  record({kind: constant('mood' as const), mood: words}),
  record({
    kind: constant('store' as const),
    folder: constantFrom('records' as const, 'cas' as const),
    pick: nat(),
    how: constantFrom<How>('delete', 'damage', 'touch'),
  }),
  record({
    kind: constant('select' as const),
    words: constantFrom(['all'], ['told'], ['--set', 'word=two'], ['--until', 'said']),
  }),
);

async function take(step: Step, rig: Rig): Promise<void> {
  if (step.kind === 'edit') await rig.write('p.yaml', notedPipeline(step));
  if (step.kind === 'note') await rig.write('note.txt', step.text);
  if (step.kind !== 'store') return;
  const folder = path.join(rig.folder, 'artifacts', step.folder);
  const entries = await readdir(folder, {recursive: true}).catch(() => []);
  const names = entries.filter((name) => name.includes('/'));
  if (names.length === 0) return;
  const file = path.join(folder, names.sort()[step.pick % names.length]!);
  if (step.how === 'delete') await rm(file);
  else if (step.how === 'touch') await utimes(file, new Date(), new Date());
  else await overwrite(file, (await readFile(file, 'utf8')).replace(/.$/s, '#'));
}

/** The verdicts of a plan by instance. */
function verdicts(printed: string): ReadonlyMap<string, string> {
  const lines = printed.trimEnd().split('\n').slice(0, -1);
  const planned = lines.map((line) => JSON.parse(line) as {instance: string; verdict: string});
  return new Map(planned.map(({instance, verdict}) => [instance, verdict]));
}

let repeats = 0;

test('after any changes a run starts what a plan says, and nothing else', async () => {
  await holds(
    asyncProperty(array(steps, {minLength: 8, maxLength: 16}), async (taken) => {
      await using rig = await Rig.create();
      let mood = 'calm';
      await rig.write('note.txt', 'one');
      await rig.write('p.yaml', notedPipeline({count: 2}));
      for (const step of taken) {
        await take(step, rig);
        if (step.kind === 'mood') mood = step.mood;
        const words = step.kind === 'select' ? step.words : [];
        const now = rig.with({MOOD: mood});
        const plan = await now.pipeline('plan', 'p.yaml', '--json', ...words);
        assert.equal(plan.code, 0, plan.stderr);
        const {code, stdout, stderr} = await now.pipeline('run', 'p.yaml', ...words);
        assert.equal(code, 0, stdout + stderr);
        const planned = verdicts(plan.stdout);
        const started = new Set(await now.started());
        for (const [instance, verdict] of planned) {
          if (verdict === 'run') assert.ok(started.has(instance), `${instance} did not run`);
          if (verdict === 'hit') assert.ok(!started.has(instance), `${instance} ran`);
        }
        const told = (await now.events()).flatMap((event) =>
          event.kind === 'hit' || event.kind === 'finished' ? [String(event.instance)] : [],
        );
        assert.deepEqual(told.toSorted(), [...planned.keys()].toSorted());
        const hits = path.join(
          rig.folder,
          'artifacts/runs',
          (await rig.runs()).at(-1)!,
          'repeat/hits.jsonl',
        );
        if ((await stat(hits)).nlink > 1) repeats++;
      }
    }),
    {numRuns: 12},
  );
  assert.ok(repeats > 10, `${repeats} runs were repeats`);
});
