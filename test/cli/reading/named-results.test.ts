/** Tests results that are named with their run: `RUN/instance.output`. */
import assert from 'node:assert/strict';
import {rm} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {Rig} from '../../support/program/rig.ts';

const pipeline = `
params: {word: a}
stages:
  said: {uses: say, matrix: {n: [1, 2]}, with: {text: "\${params.word} \${matrix.n}"}}
`;

async function ranTwice(): Promise<{readonly rig: Rig; readonly runs: readonly string[]}> {
  const rig = await Rig.ran(pipeline);
  assert.equal((await rig.pipeline('run', 'p.yaml', '--set', 'word=b')).code, 0);
  return {rig, runs: await rig.runs()};
}

test('a result is named with its run, by any word that names the run', async () => {
  const {rig, runs} = await ranTwice();
  await using _rig = rig;
  const [older = '', newer = ''] = runs;
  const show = async (what: string): Promise<string> =>
    (await rig.pipeline('show', what)).stdout.trimEnd();
  assert.equal(await show('said[n=1].out'), 'b 1');
  assert.equal(await show(`${older}/said[n=1].out`), 'a 1');
  assert.equal(await show(`${older.slice(0, -3)}/said[n=1].out`), 'a 1');
  assert.equal(await show('latest/said[n=2].out'), 'b 2');
  assert.match(await show(`${older}/said[n=1]`), new RegExp(`found in run {2}${older}\\n`));
  const differ = await rig.pipeline('diff', `${older}/said[n=1]`, `${newer}/said[n=1]`);
  assert.equal(differ.code, 1);
  assert.match(differ.stdout, /text: "a 1" → "b 1"/);
  assert.equal((await rig.pipeline('diff', `${newer}/said[n=1]`, 'latest/said[n=1]')).code, 0);
});

test('what a run does not have is told with the run', async () => {
  const {rig, runs} = await ranTwice();
  await using _rig = rig;
  const [older = ''] = runs;
  const fails = async (what: string, expected: string): Promise<void> => {
    const {code, stderr} = await rig.pipeline('show', what);
    assert.deepEqual([code, stderr], [2, `${expected}\n`]);
  };
  await fails(`${older}/sayd`, `Run ${older} has no instance \`sayd\`; did you mean \`said\`?`);
  await fails(
    `${older}/said[n=1].outt`,
    `said[n=1] has no output \`outt\`, but \`out\`; did you mean \`${older}/said[n=1].out\`?`,
  );
  await fails(`${older}/said`, '`said` may be any of 2 instances: said[n=1], said[n=2].');
  const none = await rig.pipeline('show', '1999/said');
  assert.match(none.stderr, /^No run is called `1999`/);
  // The path of a file comes first.
  await rig.write('1999/said', 'a file');
  assert.equal((await rig.pipeline('show', '1999/said')).stdout, 'a file\n');
});

test('logs of a stored result are those of the run that made it, which is named', async () => {
  const {rig, runs} = await ranTwice();
  await using _rig = rig;
  const [older = ''] = runs;
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  const stored = await rig.pipeline('logs', 'latest/said[n=1]');
  assert.equal(stored.stdout, 'saying a 1\n');
  assert.equal(stored.stderr, `\`said[n=1]\` was stored already: run ${older} made it.\n`);
  const both = await rig.pipeline('logs', 'said', '--json');
  const lines = both.stdout.trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as {readonly run: string}).run),
    [older, older],
  );
  // The log of an older run that found the result stored, too.
  assert.equal((await rig.pipeline('logs', `${older}/said[n=2]`)).stdout, 'saying a 2\n');
  await rm(path.join(rig.folder, 'artifacts/runs', older), {recursive: true});
  const gone = await rig.pipeline('logs', 'said[n=1]');
  assert.deepEqual([gone.code, gone.stdout], [0, '']);
  assert.match(
    gone.stderr.replaceAll('\n  ', ' '),
    /^`said\[n=1\]` was stored already, and no log of it is left: the run that made it, from .* on \S+, was removed, or is of another store\.\n$/,
  );
});
