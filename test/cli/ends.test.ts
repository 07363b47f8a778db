import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {test} from 'node:test';
import {Rig} from '../support/program/rig.ts';
import {repositoryFile} from '../support/texts/repository.ts';

const program = repositoryFile('dist/bundle/src/cli/main.js');

const pipeline = `
stages:
  one: {run: [sh, -c, 'echo said; echo 1 > "$0"', "\${outputs.out}"], outputs: {out: text}}
  two: {run: [cp, "\${inputs.in}", "\${outputs.out}"], inputs: {in: one.out}, outputs: {out: text}}
`;

/** No command needs nearly as long: one that does not end by itself is killed, and has no exit code. */
const boundMs = 60_000;

/** Commands that run at the same time, with a part of what each prints. */
const waves: readonly (readonly (readonly [string, RegExp])[])[] = [
  [
    ['status', /one/],
    ['show two.out', /^1\n$/],
    ['diff one.out two.out', /No difference/],
    ['why p.yaml', /stored since/],
    ['plan p.yaml', /2 hit, 0 run/],
    ['graph p.yaml', /one/],
    ['logs', /said/],
    ['verify', /All is well/],
    ['gc --dry-run', /2 results/],
    ['report -o report.html', /report\.html/],
    ['doctor', /node /],
    ['devices', /slots/],
    ['stages', /distill/],
    ['validate p.yaml', /2 instances\.\n$/],
    ['init fresh', /fresh/],
    ['pin latest', /^Pinned/],
    ['export tensorboard', /Wrote 0/],
    ['export crate -o crate', /Wrote crate/],
    ['lock p.yaml', /Wrote p\.lock\.json/],
    ['completion bash', /complete -F _pipeline_complete pipeline\n$/],
  ],
  [['unpin latest', /^Unpinned/]],
  [['rm latest', /^Removed/]],
];

test('the process of each command ends by itself, with everything printed', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', pipeline);
  const ended = async (line: string, printed: RegExp): Promise<void> => {
    const {code, text} = await run(rig.folder, line.split(' '));
    assert.equal(code, 0, `${line}: ${text}`);
    assert.match(text, printed, line);
  };
  await ended('run p.yaml', /Done/);
  for (const wave of waves) {
    const rest = [...wave];
    const worker = async (): Promise<void> => {
      for (let next = rest.shift(); next !== undefined; next = rest.shift()) await ended(...next);
    };
    await Promise.all([worker(), worker(), worker()]);
  }
});

function run(
  folder: string,
  args: readonly string[],
): Promise<{readonly code: unknown; readonly text: string}> {
  return new Promise((resolve) => {
    const options = {cwd: folder, timeout: boundMs, killSignal: 'SIGKILL'} as const;
    execFile(process.execPath, [program, ...args], options, (error, stdout, stderr) =>
      resolve({code: error === null ? 0 : error.code, text: stdout + stderr}),
    );
  });
}
