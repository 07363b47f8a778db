import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {test} from 'node:test';
import {notify, noticeOf, type Notice} from '../../../src/cli/pipeline/notify.ts';
import type {RunAccount} from '../../../src/journal/run-account.ts';
import {sentText} from '../../../src/report/format/painted.ts';
import type {Screen} from '../../../src/report/live/reporter.ts';
import {FileServer} from '../../support/rigs/file-server.ts';
import {Rig} from '../../support/program/rig.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';
import {hasEnded} from '../../support/rigs/has-ended.ts';

test('the end of a run is posted to an address and passed to a command; what fails is a warning', async () => {
  await using rig = await Rig.create();
  const posted: string[] = [];
  await using server = await FileServer.create((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part) => (text += part));
    request.on('end', () => {
      posted.push(`${request.method} ${request.url} ${text}`);
      response.writeHead(request.url === '/hook' ? 204 : 500).end();
    });
  });
  await rig.write(
    'p.yaml',
    `
params: {token: none}
stages:
  word: {uses: say, with: {text: "\${params.token}"}}
  bad: {run: [sh, -c, 'exit 3', "\${inputs.in}"], inputs: {in: word.out}, outputs: {out: text}}
  after: {uses: join, inputs: {parts: bad.out}}
`,
  );
  const command = 'cat > told.json; env | grep ^PIPELINE_ | sort > told.env; echo noise';
  const targets = [`${server.url}/hook`, command, `${server.url}/full?key=hush`, 'exit 7'];
  const {code, stdout, stderr} = await rig.pipeline(
    'run',
    'p.yaml',
    '--set',
    'token=hush',
    ...targets.flatMap((target) => ['--notify', target]),
  );
  assert.equal(code, 1, stdout + stderr);
  assert.doesNotMatch(stdout, /noise|notify/);
  assert.deepEqual(stderr.trimEnd().split('\n').sort(), [
    `! The notice was not sent: ${server.url} answered 500.`,
    '! The notice was not sent: the command ended with exit code 7.',
  ]);
  const [run] = await rig.runs();
  const told = JSON.parse(await rig.read('told.json')) as Notice;
  const {startedAt, finishedAt, durationMs, folder, ...rest} = told;
  assert.deepEqual(rest, {
    run,
    file: 'p.yaml',
    outcome: 'failed',
    exitCode: 1,
    instances: 3,
    stored: 0,
    ran: 1,
    failed: 1,
    skipped: 1,
    notStarted: 0,
    failures: ['bad'],
  });
  assert.ok(startedAt <= finishedAt && durationMs >= 0);
  assert.ok(folder.endsWith(`/artifacts/runs/${run}`), folder);
  const hook = posted.find((text) => text.startsWith('POST /hook '))!;
  assert.deepEqual(JSON.parse(hook.slice('POST /hook '.length)), told);
  const variables = await rig.read('told.env');
  assert.match(variables, /^PIPELINE_OUTCOME=failed$/m);
  assert.match(variables, /^PIPELINE_NOT_STARTED=0$/m);
  assert.match(variables, /^PIPELINE_FAILURES=bad$/m);
  assert.doesNotMatch(hook + variables, /hush/);
  // An address may be a secret, so the journal leaves it out of the command line.
  const [start] = await rig.events();
  assert.ok(start?.kind === 'run-started');
  assert.equal(start.command, 'pipeline run p.yaml --set token=hush');

  const wrong = await rig.pipeline('run', 'p.yaml', '--notify', 'https://me:secret@host/');
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /may not contain a user or a password/);
  // It may be a secret.
  assert.ok(!wrong.stderr.includes('@'), wrong.stderr);
});

test('a notice of a run that a bug ends has the exit code of a bug', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', 'stages: {a: {uses: say, with: {text: a}}}\n');
  const write = (): never => assert.fail('a bug');
  const size = () => ({columns: 80, rows: 24});
  const stdout = {isTerminal: false, colours: false, size, write, writeStored: write};
  const words = ['run', 'p.yaml', '--notify', 'cat > told.json'];
  const {code, stderr} = await rig.pipelineIn({stdout}, ...words);
  assert.equal(code, 70, stderr);
  assert.equal((JSON.parse(await rig.read('told.json')) as Notice).exitCode, 70);
});

test('a notice ends within its time with all that its command started, and follows no redirect', async () => {
  await using folder = await TemporaryFolder.create();
  let visits = 0;
  await using elsewhere = await FileServer.create((_, response) => {
    visits++;
    response.end();
  });
  await using server = await FileServer.create((request, response) => {
    if (request.url === '/moved') response.writeHead(307, {location: `${elsewhere.url}/`}).end();
  });
  const lines: string[] = [];
  const stderr: Pick<Screen, 'size' | 'write'> = {
    size: () => ({columns: Infinity, rows: Infinity}),
    write: (...pieces) => void lines.push(sentText(pieces)),
  };
  const world = {cwd: folder.path, environment: process.env, stderr: stderr as Screen};
  const notice = {run: 'r', failures: ['a\nb\0']} as unknown as Notice;
  await notify(
    [
      `${server.url}/silent`,
      `${server.url}/moved`,
      'http://127.0.0.1:1/',
      'sleep 600 & echo $! > pid; wait',
    ],
    notice,
    world,
    3000,
  );
  assert.deepEqual(
    lines.sort(),
    [
      `! The notice was not sent: ${server.url} answered 307, and redirects are not followed.\n`,
      `! The notice was not sent: ${server.url} did not answer within 3 s.\n`,
      '! The notice was not sent: http://127.0.0.1:1 cannot be reached (bad port).\n',
      '! The notice was not sent: the command did not end within 3 s, and was ended.\n',
    ].sort(),
  );
  assert.equal(visits, 0);
  const pid = Number(await readFile(folder.file('pid'), 'utf8'));
  assert.ok(await hasEnded(pid));

  lines.length = 0;
  // Linux starts no program with such a variable.
  const failures = ['x'.repeat(200_000)];
  await notify(['true'], {...notice, failures}, world);
  await notify(['true'], notice, {...world, cwd: folder.file('missing')});
  assert.equal(lines.length, 2, String(lines));
  for (const line of lines) assert.match(line, /^! The notice was not sent: the command could not/);
});

test('a notice names at most twenty failures, and fewer if no command could be started with so long a variable', () => {
  const names = (count: number, length: number): number => {
    const instances = Array.from({length: count}, (_, at) => {
      const id = `${at}`.padEnd(length, 'x');
      return [id, {id, standing: 'failed'}] as const;
    });
    const started = {pipeline: 'p.yaml', at: new Date().toISOString()};
    const account = {run: 'r', started, instances: new Map(instances)} as unknown as RunAccount;
    const notice = noticeOf(account, {root: '/'}, 1);
    assert.equal(notice.failed, count);
    return notice.failures.length;
  };
  assert.deepEqual(
    [names(3, 10), names(30, 10), names(20, 10_000), names(1, 40_000)],
    [3, 20, 3, 0],
  );
});
