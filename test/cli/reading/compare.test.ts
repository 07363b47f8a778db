import assert from 'node:assert/strict';
import {test} from 'node:test';
import {done} from '../../support/rigs/told-run.ts';
import {storedScores, tellRun} from '../../support/rigs/told-store.ts';
import {Rig} from '../../support/program/rig.ts';

const pipeline = `
params: {word: a, times: 2}
stages:
  same: {uses: say, with: {text: same}}
  said: {uses: say, matrix: {n: {count: "\${params.times}"}}, with: {text: "\${params.word} \${matrix.n}"}}
  joined: {uses: join, with: {between: "\${params.word}"}, inputs: {parts: "said.out[*]"}}
`;

test('runs are shown beside each other: what differs, and which results are the same', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', pipeline);
  for (const set of [[], ['--set', 'word=b'], ['--set', 'times=1']]) {
    assert.equal((await rig.pipeline('run', 'p.yaml', ...set)).code, 0);
  }
  const runs = await rig.runs();
  const {code, stdout} = await rig.pipeline('compare', ...runs);
  assert.equal(code, 0);
  const [list = '', ...rest] = stdout.split('\n\n');
  assert.match(list, /\nA {2}\S+ +p\.yaml .* ok\nB .* ok {7}word=b\nC .* ok {7}times=1$/);
  assert.equal(
    rest.join('\n\n'),
    `Parameters that differ
                          A    B    C
  word, joined.between    a    b    a
  times                   2    2    1
  said[n=0].text        a 0  b 0  a 0
  said[n=1].text        a 1  b 1    –

Results: the same letter in a row stands for the same key
  A  A  A  same
  A  B  A  said[n=0]
  A  B  –  said[n=1]
  A  B  C  joined
`,
  );
  const json = await rig.pipeline('compare', ...runs.slice(0, 2), '--json');
  const answer = JSON.parse(json.stdout) as Record<string, readonly Record<string, unknown>[]>;
  assert.deepEqual(answer['parameters']![0], {
    names: ['word', 'joined.between'],
    values: ['a', 'b'],
  });
  assert.deepEqual(answer['instances']!.at(-1), {instance: 'joined', sameAs: [0, 1]});
});

test('a metric that none of the runs has is a mistake', async () => {
  await using rig = await Rig.create();
  const store = {root: `${rig.folder}/artifacts`};
  const scores = await storedScores(store, 0.5);
  const runs = [
    await tellRun(store, 1, {events: [done('ours', {outputs: {scores}})]}),
    await tellRun(store, 2, {events: []}),
  ];
  const fails = async (name: string, expected: RegExp): Promise<void> => {
    const {code, stdout, stderr} = await rig.pipeline('compare', ...runs, '--metric', name);
    assert.deepEqual([code, stdout], [2, ''], name);
    assert.match(stderr, expected);
  };
  await fails('accurcay', /^None of these runs has `accurcay`\. Did you mean `accuracy`\?/);
  await fails('ours.scores.x', /^None of these runs has `ours\.scores\.x`\./);
  for (const name of ['accuracy', 'ours.scores.accuracy']) {
    assert.equal((await rig.pipeline('compare', ...runs, '--metric', name)).code, 0, name);
  }
});

test('one run alone, and one that there is not, cannot be compared', async () => {
  await using rig = await Rig.ran(pipeline);
  const one = await rig.pipeline('compare', 'latest', (await rig.runs())[0]!);
  assert.equal(one.code, 2);
  assert.match(one.stderr, /^`compare` needs two or more runs: latest and \S+ are one\.\n$/);
  const none = await rig.pipeline('compare', 'latest', 'nothing');
  assert.equal(none.code, 2);
  assert.match(none.stderr, /No run is called `nothing`/);
});
