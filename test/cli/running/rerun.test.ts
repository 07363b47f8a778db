/** Tests the table in docs/caching.md of what runs again: one test for each row, titled with the row's words. */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {cp, readFile, unlink} from 'node:fs/promises';
import {after, before, test} from 'node:test';
import type {RunEvent} from '../../../src/journal/event.ts';
import {repositoryFile} from '../../support/texts/repository.ts';
import {overwrite, Rig} from '../../support/program/rig.ts';

/** A pipeline in which experts are trained on digits and joined, and their length goes into a table. */
const experiment = (seeds: readonly number[] = [0, 1, 2]): string => `
name: experiment
stages:
  digits: {uses: say, with: {text: digits}}
  expert:
    uses: say
    matrix: {seed: [${seeds.join(', ')}]}
    with: {text: 'expert \${matrix.seed}'}
    resources: {device: 1}
  # All experts in one text.
  buffers: {uses: join, inputs: {parts: ['digits.out', 'expert.out[*]']}, with: {between: ', '}}
  length: {uses: measure, inputs: {of: buffers.out}}
  table: {uses: join, inputs: {parts: [length.out, digits.out]}}
`;

interface Row {
  readonly done: string;
  readonly runs: string;
  /** Makes the change, in a rig in which all results are stored. */
  readonly by: (rig: Rig) => Promise<void>;
  readonly started: readonly string[];
  /** What `run` prints about the first instance that runs. */
  readonly why?: string;
  /** The environment after the change. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly pipeline?: string;
}

const edited =
  (change: (text: string) => string) =>
  async (rig: Rig): Promise<void> =>
    rig.write('p.yaml', change(await rig.read('p.yaml')));

const ten = Array.from({length: 10}, (_, index) => 3 + index);

const rows: readonly Row[] = [
  {done: 'nothing', runs: 'nothing', by: () => Promise.resolve(), started: []},
  {
    done: 'a stage was renamed',
    runs: 'nothing',
    by: edited((text) =>
      text.replaceAll('expert', 'teacher').replace("text: 'teacher", "text: 'expert"),
    ),
    started: [],
  },
  {
    done: 'stages were put in another order, comments were edited',
    runs: 'nothing',
    by: edited((text) => {
      const [start, table] = text.split('  table:');
      const [top, stages] = start!.split('stages:\n');
      return `# Another one.\n${top}stages:\n  table:${table}${stages!.replace(/#.*/, '')}`;
    }),
    started: [],
  },
  {
    done: 'a stage was moved into a pipeline of its own',
    runs: 'nothing',
    by: async (rig) => {
      await rig.write(
        'd.yaml',
        'stages: {of: {uses: say, with: {text: digits}}}\noutputs: {out: of.out}\n',
      );
      await edited((text) => text.replace('{uses: say, with: {text: digits}}', '{uses: ./d.yaml}'))(
        rig,
      );
    },
    started: [],
  },
  {
    done: 'a default was written out',
    runs: 'nothing',
    by: edited((text) => text.replace('digits.out]}}', 'digits.out]}, with: {between: "+"}}')),
    started: [],
  },
  {
    done: '`resources` were changed',
    runs: 'nothing',
    by: edited((text) => text.replace('device: 1', 'device: 2')),
    started: [],
  },
  {
    done: 'the folder was moved, its store with it',
    runs: 'nothing',
    // Every test already works on a moved copy of the folder.
    by: () => Promise.resolve(),
    started: [],
  },
  {
    done: "an expert's seed was changed",
    runs: 'that expert, and what its new bytes reach: where a stage gives the same bytes as before, it stops',
    by: edited(() => experiment([0, 1, 7])),
    started: ['expert[seed=7]', 'buffers', 'length'],
    why: ' → "expert 7"',
  },
  {
    done: 'an expert was left out',
    runs: 'what took it in, and what its new bytes reach',
    by: edited(() => experiment([0, 1])),
    started: ['buffers', 'length', 'table'],
    why: 'its input parts changed',
  },
  {
    done: 'the values of an axis were put in another order',
    runs: 'what takes in several of them, since it gets them in that order',
    by: edited(() => experiment([2, 0, 1])),
    started: ['buffers', 'length'],
  },
  {
    done: 'ten experts were added',
    runs: 'these ten, and what their bytes reach',
    by: edited(() => experiment([0, 1, 2, ...ten])),
    started: [...ten.map((seed) => `expert[seed=${seed}]`), 'buffers', 'length', 'table'],
  },
  {
    done: 'a stage type got another version and still gives the same bytes',
    runs: 'its instances alone',
    by: () => Promise.resolve(),
    environment: {PIPELINE_TEST_VERSIONS: 'say=2'},
    started: ['digits', 'expert[seed=0]', 'expert[seed=1]', 'expert[seed=2]'],
    why: 'its stage type changed from version 1 to 2',
  },
  {
    done: 'two instances have the same parameters and inputs',
    runs: 'one of them',
    by: edited(() =>
      experiment([0, 1, 2]).replace(
        'digits: {',
        'twin: {uses: say, with: {text: new}}\n  again: {uses: say, with: {text: new}}\n  digits: {',
      ),
    ),
    started: ['twin'],
  },
  {
    done: 'an artifact was deleted',
    runs: 'exactly the instance that made it',
    by: async (rig) => unlink(await rig.artifactOf('buffers')),
    started: ['buffers'],
    why: 'the bytes of its output out are gone',
  },
  {
    done: 'an artifact was damaged',
    runs: 'exactly the instance that made it; the damaged bytes are set aside',
    // The damaged file is as long as before.
    by: async (rig) => {
      const file = await rig.artifactOf('buffers');
      await overwrite(file, (await readFile(file, 'utf8')).replace('d', 'D'));
    },
    started: ['buffers'],
    why: 'the bytes of its output out are cut off or damaged',
  },
  {
    done: 'a record was deleted',
    runs: 'the instance it was of',
    by: async (rig) => unlink(await rig.recordFileOf('buffers')),
    started: ['buffers'],
    why: 'its record is gone or was never finished',
  },
  {
    done: 'a record was damaged',
    runs: 'the instance it was of',
    by: async (rig) => overwrite(await rig.recordFileOf('buffers'), '{"format": 1, "ke'),
    started: ['buffers'],
    why: 'its record is corrupt',
  },
  {
    done: 'a stage gives other bytes each time',
    runs: 'nothing: the first result stays',
    pipeline: 'stages: {other: {uses: drift}, size: {uses: measure, inputs: {of: other.out}}}\n',
    by: () => Promise.resolve(),
    started: [],
  },
];

let made: Rig;
before(async () => {
  made = await Rig.ran(experiment());
});
after(async () => made[Symbol.asyncDispose]());

for (const {done, runs, by, started, why, environment, pipeline} of rows) {
  test(`${done}: runs ${runs}`, async () => {
    await using changed =
      pipeline === undefined ? await copyOf(made, environment) : await Rig.ran(pipeline);
    await by(changed);
    const planned = await changed.pipeline('plan', 'p.yaml', '--json');
    const {code, stdout, stderr} = await changed.pipeline('run', 'p.yaml');
    assert.equal(code, 0, stdout + stderr);
    assert.deepEqual((await changed.started()).toSorted(), [...started].sort());
    checkPlan(planned.stdout, await changed.events());
    if (why !== undefined)
      assert.match(stdout, new RegExp(`▸ ${escaped(started[0]!)}.*${escaped(why)}`));
    const damaged = done === 'an artifact was damaged';
    assert.equal((await changed.stored('quarantine')).length, damaged ? 1 : 0);
    if (started.length === 0) return;

    assert.equal((await changed.pipeline('run', 'p.yaml')).code, 0);
    assert.deepEqual(await changed.started(), []);
  });
}

/**
 * Checks that a printed plan predicts which instances the run starts and why, and that it expects a duration for each.
 */
function checkPlan(printed: string, events: readonly RunEvent[]): void {
  const lines = printed.trimEnd().split('\n');
  // The last line contains the totals.
  const plan = lines.slice(0, -1).map((line) => JSON.parse(line) as PlanLine);
  const reasons = new Map(
    events.flatMap((event) =>
      event.kind === 'started' ? [[String(event.instance), event.reasons] as const] : [],
    ),
  );
  for (const {instance, verdict, sameAs, expectedMs, ...planned} of plan) {
    const started = reasons.get(instance);
    if (verdict === 'hit') assert.equal(started, undefined, instance);
    if (verdict !== 'run' || sameAs !== undefined) continue;
    assert.deepEqual(started, planned.reasons, instance);
    assert.ok(expectedMs! >= 0, instance);
  }
  for (const id of reasons.keys()) assert.ok(plan.some(({instance}) => instance === id));
}

interface PlanLine {
  readonly instance: string;
  readonly verdict: 'hit' | 'run' | 'maybe';
  readonly sameAs?: string;
  readonly expectedMs?: number;
  readonly reasons?: unknown;
}

async function copyOf({folder}: Rig, environment: Row['environment']): Promise<Rig> {
  const rig = await Rig.create(environment);
  await cp(folder, rig.folder, {recursive: true, preserveTimestamps: true});
  return rig;
}

function escaped(text: string): string {
  return text.replaceAll(/[[\]()$.*+?{}|^\\]/g, '\\$&');
}

test('the table has a row for each of these', () => {
  const page = readFileSync(repositoryFile('docs/caching.md'), 'utf8').replaceAll(/ +\|/g, ' |');
  for (const {done, runs} of rows) assert.ok(page.includes(`| ${done} | ${runs} |`), done);
});
