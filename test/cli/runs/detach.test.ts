import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {Gate, gatedPipeline} from '../../support/program/gate.ts';
import {OnTerminal, skipWithoutTerminal} from '../../support/program/on-terminal.ts';
import {sentText} from '../../../src/report/format/painted.ts';
import type {Screen} from '../../../src/report/live/reporter.ts';
import {startDetached} from '../../../src/cli/detached-process.ts';
import type {ProcessWorld} from '../../../src/cli/world.ts';
import {Rig} from '../../support/program/rig.ts';

test(
  'a detached run goes on when its terminal is gone, and keeps its messages',
  {skip: skipWithoutTerminal},
  async () => {
    await using rig = await Rig.create();
    await using gate = await Gate.open(rig.folder);
    await rig.write('p.yaml', `stages: {a: {uses: say, with: {text: a, gate: "${gate.path}"}}}\n`);
    using program = new OnTerminal(rig, 'run p.yaml --detach', 120, 30);
    assert.equal(await program.code, 0);
    const [run] = await rig.runs();
    const messages = `artifacts/runs/${run}/messages.log`;
    const [first, second, title, ...next] = program.terminal.text.split('\n');
    assert.match(first!, /^Run \S+ goes on in the background \(process \d+\)\.$/);
    assert.deepEqual([second, title], [`Messages in ${messages}`, 'Next']);
    assert.deepEqual(
      next.map((line) => line.trim().split(/ {2,}/)[0]),
      ['status', 'logs -f', 'ui', 'stop'].map((words) => `pipeline ${words} ${run}`),
    );
    assert.match((await rig.pipeline('status')).stdout, /, running for /);
    const following = rig.pipeline('logs', '-f');
    (await gate.arrival()).let('go');
    assert.equal((await following).code, 0);
    const status = await rig.pipeline('status', '--json');
    assert.match(status.stdout, /"outcome": "ok"/);
    // The process has ended, so it has printed everything.
    const [start] = await rig.events();
    assert.ok(start?.kind === 'run-started' && start.command === 'pipeline run p.yaml --detach');
    assert.match(await rig.read(messages), /^▸ a: it is the first time/);

    // Nothing is left to do, so that no process is started and no run goes on.
    const startDetached = () => assert.fail('started');
    let text = '';
    const stdout: Screen = {
      isTerminal: false,
      colours: false,
      size: () => ({columns: 40, rows: 24}),
      write: (...pieces) => void (text += sentText(pieces)),
      writeStored: () => undefined,
    };
    const words = ['run', 'p.yaml', '--detach'];
    const stored = await rig.pipelineIn({startDetached, stdout}, ...words);
    assert.equal(stored.code, 0, stored.stderr);
    const lines = text.trimEnd().split('\n');
    assert.deepEqual(lines.slice(0, 2), [
      'All of it is stored: nothing has to go',
      '  on in the background.',
    ]);
    assert.doesNotMatch(text, /status|logs -f|stop/);
    // What is copied stays whole: it has a line of its own where it does not fit beside other words.
    const at = lines.indexOf('Log in');
    assert.deepEqual(lines.slice(at), [
      'Log in',
      `  artifacts/runs/${(await rig.runs()).at(-1)}/events.jsonl`,
      'Next',
      '  pipeline report',
      '      to look at the run as a page',
    ]);
  },
);

test('a detached run that is stopped says how to end it at once; a quiet one tells its name only', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  // A quiet run is not told that nothing uses the parameter.
  await rig.write('p.yaml', `params: {spare: 1}${gatedPipeline(gate.path, 60)}`);
  // The process that makes the run is this one.
  let interrupt: (signal: NodeJS.Signals) => void = () => undefined;
  const onInterrupt: ProcessWorld['onInterrupt'] = (listener) => {
    interrupt = listener;
    return () => undefined;
  };
  const words = ['run', 'p.yaml', '--detach', '--quiet'];
  let head: ReturnType<Rig['pipeline']> | undefined;
  const begun = await rig.pipelineIn(
    {
      startDetached: (detachedRun) => {
        head = rig.pipelineIn({detachedRun, onInterrupt}, ...words);
        return Promise.resolve({
          pid: 1,
          ended: head.then(({code}) => code!),
          stop: () => undefined,
        });
      },
    },
    ...words,
  );
  const [run] = await rig.runs();
  assert.deepEqual([begun.code, begun.stdout, begun.stderr], [0, `${run}\n`, '']);
  const stage = await gate.arrival();
  interrupt('SIGTERM');
  stage.let('go');
  const {code, stderr} = await head!;
  assert.equal(code, 75);
  const atOnce = `To end them at once: pipeline stop ${run} --now`;
  assert.equal(stderr, `Stopping: stages have 5 min to save a checkpoint. ${atOnce}\n`);
});

test('a detached run that cannot begin says why, with its exit code, and leaves no folder', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', 'stages: {a: {uses: say, with: {text: a}}}\n');
  await rig.write('bad.yaml', 'stages: {a: {uses: sing}}\n');
  const run = async (file: string, startDetached: StartDetached, ...words: readonly string[]) =>
    await rig.pipelineIn({startDetached}, 'run', path.join(rig.folder, file), '--detach', ...words);
  const never: StartDetached = () => assert.fail('started');
  const wrong = await run('bad.yaml', never);
  assert.equal(wrong.code, 3);
  assert.match(wrong.stderr, /sing/);
  assert.deepEqual(await rig.stored('.'), []);
  const both = await run('p.yaml', never, '--open');
  assert.equal(both.code, 2);
  assert.match(both.stderr, /'--detach' cannot be used with option '--open'/);

  const broken = await run('p.yaml', async (_run, output) => {
    await writeFile(output, 'The store is full.\n');
    return {pid: 1, ended: Promise.resolve(4), stop: () => undefined};
  });
  assert.deepEqual([broken.code, broken.stdout, broken.stderr], [4, '', 'The store is full.\n']);
  const missing = path.join(rig.folder, 'missing');
  for (const [program, cwd] of [
    [missing, rig.folder],
    [process.execPath, missing],
  ] as const) {
    const refused = await run('p.yaml', (_run, output) =>
      startDetached([program], {cwd, environment: process.env, output}),
    );
    assert.equal(refused.code, 3);
    assert.match(refused.stderr, /^No process could be started for the run: .*\.\n$/);
  }
  assert.deepEqual(await rig.stored('runs'), []);
});

type StartDetached = ProcessWorld['startDetached'];
