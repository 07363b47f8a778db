import assert from 'node:assert/strict';
import {test} from 'node:test';
import {exitCodes} from '../../../src/cli/exit-codes.ts';
import {Gate} from '../../support/program/gate.ts';
import {Rig} from '../../support/program/rig.ts';
import {SubmittedRun} from '../../support/rigs/submitted-run.ts';

/** Makes the program end; gives its exit code. */
type Ending = (rig: Rig) => Promise<number | null>;

const said = (text: string): string => `stages: {a: {uses: say, with: {text: ${text}}}}\n`;

function ranOn(pipeline: string, ...options: readonly string[]): Ending {
  return async (rig) => {
    await rig.write('p.yaml', pipeline);
    return (await rig.pipeline('run', 'p.yaml', ...options)).code;
  };
}

function interrupted(times: 1 | 2): Ending {
  return async (rig) => {
    await using gate = await Gate.open(rig.folder);
    const steps = `{text: a, steps: 60, stopAt: 2, gate: "${gate.path}"}`;
    await rig.write('p.yaml', `stages: {a: {uses: churn, with: ${steps}}}\n`);
    const program = rig.start(['run', 'p.yaml']);
    const stage = await gate.arrival();
    program.kill('SIGINT');
    await program.line('Stopping');
    if (times === 2) program.kill('SIGINT');
    else stage.let('go');
    return (await program.finished).code;
  };
}

/** For each documented exit code, a way to make the program end with it. */
const ways: Readonly<Record<keyof typeof exitCodes, Ending>> = {
  ok: ranOn(said('a')),
  stageFailed: ranOn('stages: {a: {run: ["false"], outputs: {}}}\n'),
  different: async (rig) => {
    await rig.write('a.txt', 'one\n');
    await rig.write('b.txt', 'two\n');
    return (await rig.pipeline('diff', './a.txt', './b.txt')).code;
  },
  unreadable: async (rig) => {
    await rig.write('a.arrow', 'ARROW1\0\0 and no more');
    return (await rig.pipeline('show', './a.arrow')).code;
  },
  unfit: async (rig) => {
    // A cluster whose commands fail does not answer.
    const commands = 'submit: ["false", "${script}"]\nlist: ["false"]\ncancel: ["false"]\n';
    await rig.write('clusters/c.yaml', `kind: command\npools: {cpu: {}}\n${commands}`);
    return (await rig.pipeline('doctor', '--on', 'c')).code;
  },
  usage: ranOn(said('a'), '--no-such-option'),
  invalidPipeline: ranOn(said('[1]')),
  storeUnusable: ranOn(said('a'), '--store', 'p.yaml'),
  internalError: async (rig) => {
    await rig.write('p.yaml', said('a'));
    // The stage types' module does not exist, which is a bug of the program's.
    const broken = rig.with({PIPELINE_TEST_STAGES: 'missing'}).start(['run', 'p.yaml']);
    const {code, stderr} = await broken.finished;
    assert.match(
      stderr,
      /^This is a bug in pipeline, not a mistake of yours\.\n.*missing-registry/,
    );
    assert.match(stderr, /\n {4}at .*\n[^]*Please report it/);
    return code;
  },
  suspended: interrupted(1),
  stuck: async (rig) => {
    await rig.write('p.yaml', said('a'));
    const run = await SubmittedRun.submit(rig);
    return (await run.member('a', {SLURM_JOB_END_TIME: '1'}).finished).code;
  },
  killed: interrupted(2),
};

for (const [name, end] of Object.entries(ways)) {
  const code = exitCodes[name as keyof typeof exitCodes];
  test(`the program ends with ${code} for ${name}`, async () => {
    await using rig = await Rig.create();
    assert.equal(await end(rig), code);
  });
}
