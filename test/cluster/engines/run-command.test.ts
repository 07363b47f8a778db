import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {test} from 'node:test';
import {runCommand, whyFailed} from '../../../src/cluster/engines/run-command.ts';
import {hasEnded} from '../../support/rigs/has-ended.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const environment = {PATH: process.env['PATH'], ONLY: 'this'};
const given = {environment, limitMs: 60_000};

test('A command gets its words, its environment and its input, and no shell in between', async () => {
  const script = 'printf "%s|" "$@"; cat; env | grep -c -e ^ONLY= -e ^HOME=';
  const words = ['sh', '-c', script, 'sh', '$HOME; `id`', "it's"];
  assert.deepEqual(await runCommand(words, {...given, input: 'read\n'}), {
    kind: 'ended',
    code: 0,
    stdout: "$HOME; `id`|it's|read\n1",
    stderr: '',
  });
});

test('A command without input reads none', async () => {
  const answer = await runCommand(['cat'], given);
  assert.deepEqual(answer, {kind: 'ended', code: 0, stdout: '', stderr: ''});
});

test('A command that does not answer is killed with all that it started', async () => {
  await using folder = await TemporaryFolder.create();
  const file = folder.file('pid');
  const words = ['sh', '-c', 'sleep 1000 & echo $! >"$0"; wait', file];
  const answer = await runCommand(words, {...given, limitMs: 1000});
  assert.deepEqual(answer, {kind: 'late', limitMs: 1000});
  assert.equal(whyFailed(words, answer), 'sh did not answer within 1 s.');
  assert.ok(await hasEnded(Number(await readFile(file, 'utf8'))));
});

test('A command that reads nothing of a long input ends as it ends', async () => {
  const answer = await runCommand(['true'], {...given, input: 'x'.repeat(1_000_000)});
  assert.deepEqual(answer, {kind: 'ended', code: 0, stdout: '', stderr: ''});
});

test('A command that cannot be started is a sentence', async () => {
  const answer = await runCommand(['no-such-program'], given);
  assert.equal(
    whyFailed(['no-such-program'], answer),
    'There is no program no-such-program on this machine.',
  );
  const folder = await runCommand(['/usr'], given);
  assert.equal(whyFailed(['/usr'], folder), '/usr cannot be started (EACCES).');
});

test('A failure is told with what the command printed, on one line and without control characters', async () => {
  const failing = async (script: string): Promise<string> =>
    whyFailed(['sbatch'], await runCommand(['sh', '-c', script], given));
  assert.equal(
    await failing('echo "sbatch: error: one\nsbatch: two" >&2; exit 1'),
    'sbatch failed: one; two.',
  );
  assert.equal(await failing('printf "\\033[31mred!" ; exit 3'), 'sbatch failed: �[31mred!');
  assert.equal(await failing('exit 4'), 'sbatch failed with exit code 4.');
  assert.equal(await failing('kill -TERM $$'), 'sbatch failed with exit code 255.');
  assert.equal(
    (await failing('printf "%0900d" 1 >&2; exit 1')).length,
    'sbatch failed: .'.length + 501,
  );
});
