import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {mkdir, readFile, readdir} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import type {Parts} from '../../../src/page/model/parts.ts';
import type {ComparisonParts} from '../../../src/page/model/runs/runs-parts.ts';
import {Rig} from '../../support/program/rig.ts';

const pipeline = (text: string): string => `
name: words
stages:
  part: {uses: say, matrix: {n: [1, 2]}, with: {text: "${text}\${matrix.n}"}}
  both: {uses: join, inputs: {parts: "part.out[*]"}}
  size: {uses: measure, inputs: {of: both.out}}
`;

/** Gives the data that a page contains. */
function partsIn(html: string): Parts {
  const json = /<script type="application\/json" id="parts">(.*?)<\/script>/s.exec(html)?.[1];
  return JSON.parse(json ?? assert.fail('the page holds no parts')) as Parts;
}

async function report(rig: Rig, ...args: readonly string[]): Promise<Parts> {
  const {code, stdout, stderr} = await rig.pipeline('report', ...args, '-o', 'r.html');
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /^r\.html {2}\(\d+ kB\)\n$/);
  return partsIn(await rig.read('r.html'));
}

test('a report has the states, the graph, tables, and where each result comes from', async () => {
  await using rig = await Rig.ran(pipeline('a'));
  const parts = await report(rig);
  const {overview, stages, graphs, texts, timeline} = parts;
  assert.deepEqual(
    [overview.name, overview.state, overview.total, overview.counts],
    ['words', 'ok', 4, {finished: 4}],
  );
  assert.deepEqual(
    stages.map(({name, count, settings}) => [name, count, settings]),
    [
      ['part', 2, [['gate', '']]],
      ['both', 1, [['between', '+']]],
      ['size', 1, []],
    ],
  );
  assert.deepEqual(
    graphs.map(({kind, nodes, edges}) => [kind, nodes.length, edges.length]),
    [
      ['stages', 3, 2],
      ['instances', 4, 3],
    ],
  );
  assert.deepEqual(texts[0]!.blocks, [
    {kind: 'table', head: ['length'], isRight: [true], rows: [['5']]},
  ]);
  assert.equal(timeline.bars.length, 4);
  const inputs = parts['detail:both']!.sections.find(({title}) => title === 'inputs')!.pairs;
  assert.deepEqual(
    inputs.map(([port, from]) => [port, from.split('  ')[0]]),
    [
      ['parts[0]', 'part[n=1].out'],
      ['parts[1]', 'part[n=2].out'],
    ],
  );
  assert.match(parts['detail:part[n=1]']!.log!, /saying a1/);
});

test('the report of a second run shows the saved time, and what changed and why', async () => {
  await using rig = await Rig.ran(pipeline('a'));
  await rig.write('p.yaml', pipeline('a').replace('[1, 2]', '[2, 3]'));
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  const {overview, changes} = await report(rig, 'latest');
  assert.deepEqual(overview.counts, {hit: 1, finished: 3});
  const [before] = await rig.runs();
  assert.deepEqual(changes, {
    before,
    added: ['part[n=3]'],
    removed: ['part[n=1]'],
    changed: [
      {id: 'both', what: ['its input parts changed', 'other bytes: `out`']},
      {id: 'size', what: ['its input of changed', 'the same bytes as before']},
    ],
    same: 1,
  });
  assert.equal((await report(rig, before!)).changes, null);
});

test('without -o the page is written into the folder of the run, and replaces an earlier one', async () => {
  await using rig = await Rig.ran(pipeline('a'));
  const [run] = await rig.runs();
  for (const _ of [1, 2]) {
    const {stdout} = await rig.pipeline('report');
    assert.ok(stdout.startsWith(`artifacts/runs/${run}/report.html  (`), stdout);
  }
  const names = await readdir(path.join(rig.folder, 'artifacts/runs', run!));
  assert.deepEqual(
    names.filter((name) => name.startsWith('report')),
    ['report.html'],
  );
});

test('a report tells the program, the machine, what was set, and the pipeline, but no variable', async () => {
  await using rig = await Rig.create();
  const text = 'params: {a: 1}\nstages: {s: {uses: say, with: {text: "t${params.a}"}}}\n';
  await rig.write('p.yaml', text);
  await mkdir(path.join(rig.folder, '.git/refs/heads'), {recursive: true});
  await rig.write('.git/HEAD', 'ref: refs/heads/main\n');
  await rig.write('.git/refs/heads/main', `${'c0ffee'.repeat(6)}abcd\n`);
  const run = await rig.with({HF_TOKEN: 'very-secret'}).start(['run', 'p.yaml', '--set', 'a=2'])
    .finished;
  assert.equal(run.code, 0, run.stderr);
  const {overview} = await report(rig);
  const facts = new Map(overview.facts);
  assert.match(facts.get('Distillery')!, /^\d+\.\d+\.\d+/);
  assert.equal(facts.get('Node.js'), process.version.slice(1));
  assert.match(facts.get('Processor')!, /\S.*, \d+ cores$/);
  assert.equal(facts.get('Commit'), `${'c0ffee'.repeat(6)}abcd`);
  assert.equal(facts.get('Set'), 'a=2');
  assert.equal(overview.text, text);
  assert.ok(!(await rig.read('r.html')).includes('very-secret'));
});

test('a failure names the command that runs it again', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', 'stages: {only: {uses: torn}}\n');
  await rig.pipeline('run', 'p.yaml', '--jobs', '1');
  const {overview} = await report(rig);
  assert.match(overview.failures[0]!.again!, / run p\.yaml --jobs 1 only$/);
});

test('the policy of a page names the digests of its one script and its one style', async () => {
  await using rig = await Rig.ran(pipeline('a</script><b>'));
  await report(rig);
  const html = await readFile(path.join(rig.folder, 'r.html'), 'utf8');
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)![1]!;
  const inner = (tag: string): string => new RegExp(`<${tag}>(.*?)</${tag}>`, 's').exec(html)![1]!;
  const digest = (text: string): string =>
    `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  assert.equal(
    policy,
    `default-src 'none'; script-src ${digest(inner('script'))}; style-src ${digest(inner('style'))}; ` +
      "img-src data:; base-uri 'none'; form-action 'none'",
  );
  // The two script elements are the data and the program. No text of the pipeline starts another one.
  assert.equal(html.match(/<script/g)!.length, 2);
  assert.doesNotMatch(html, /(?:src|href)=["']?(?:https?:)?\/\//);
});

test('a failed run has a report; an unknown run and a file that cannot be written are refused', async () => {
  await using rig = await Rig.create();
  const empty = await rig.pipeline('report');
  assert.deepEqual(
    [empty.code, empty.stderr],
    [4, 'There is no store artifacts yet: `pipeline run` makes one.\n'],
  );
  await rig.write('p.yaml', 'stages: {only: {uses: torn}, after: {uses: say, with: {text: a}}}\n');
  assert.equal((await rig.pipeline('run', 'p.yaml', '--jobs', '1')).code, 1);
  const {overview} = await report(rig);
  assert.equal(overview.state, 'failed');
  assert.deepEqual(
    overview.failures.map(({id}) => id),
    ['only'],
  );
  const told = await rig.pipeline('report', '-o', 'r.html', '--json');
  const bytes = Buffer.byteLength(await rig.read('r.html'));
  assert.deepEqual(JSON.parse(told.stdout), {run: overview.run, files: ['r.html'], bytes});
  const lost = await rig.pipeline('report', 'elsewhere', 'latest', 'nowhere');
  assert.equal(lost.code, 2);
  assert.match(lost.stderr, /called `elsewhere`.*called `nowhere`/s);
  const refused = await rig.pipeline('report', '-o', 'no/such/folder/r.html');
  assert.equal(refused.code, 2);
  assert.match(
    refused.stderr,
    /^no\/such\/folder\/r\.html cannot be written: the folder that it belongs in is not there/,
  );
});

test('only results that are gone from the store are missing from the page', async () => {
  await using rig = await Rig.ran(pipeline('a'));
  await rig.forget('cas');
  const {notes, overview} = await report(rig);
  assert.equal(overview.state, 'ok');
  assert.ok(notes.includes('size.table is not stored any more.'), String(notes));
  await rig.forget('records');
  await rig.forget('fingerprints');
  assert.equal((await report(rig)).overview.total, 4);
});

test('several runs are one file that compares them, beside the first run', async () => {
  await using rig = await Rig.ran(pipeline('a'));
  await rig.write('p.yaml', pipeline('bc'));
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  const runs = await rig.runs();
  const {code, stdout} = await rig.pipeline('report', ...runs, '--json');
  const told = JSON.parse(stdout) as {readonly runs: unknown; readonly files: readonly string[]};
  const file = `artifacts/runs/${runs[0]}/comparison.html`;
  assert.deepEqual([code, told.runs, told.files], [0, runs, [file]]);
  const {comparison, tables} = partsIn(await rig.read(file)) as unknown as ComparisonParts;
  assert.deepEqual(
    comparison.parameters.map(({name, values}) => [name, values]),
    [
      ['part[n=1].text', ['a1', 'bc1']],
      ['part[n=2].text', ['a2', 'bc2']],
    ],
  );
  assert.deepEqual(
    tables[0]!.rows.map(({lines}) => lines.map(({of}) => of.label)),
    [['A'], ['B']],
  );
});
