import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {Driver, type Driven} from '../../../bench/fuzz/drive.ts';
import {Rig} from '../../support/program/rig.ts';

const mistaken =
  'stages:\n  a: {uses: sya, with: {text: "50%, é"}}\n  b: {uses: say, with: {txt: b}}\n';

let rig: Rig;
let driver: Driver;
before(async () => {
  rig = await Rig.create();
  process.chdir(rig.folder);
  driver = new Driver(rig.folder, 'scripted');
  await rig.write('sub dir/p.yaml', mistaken);
  await rig.write('good.yaml', 'params: {spare: 1}\nstages: {a: {uses: say, with: {text: a}}}\n');
});
after(async () => await rig[Symbol.asyncDispose]());

async function validate(...words: string[]): Promise<Driven> {
  return await driver.drive(['validate', ...words]);
}

test('the profile of a cluster is validated as one', async () => {
  const text = 'kind: slurm\npools:\n  gpu: {gpus: 1}\n  cpu: {}\n';
  await rig.write('clusters/hpc.yaml', text);
  await rig.write('clusters/bad.yaml', text.replace('gpus: 1', 'gpu: 1'));
  const good = await validate('clusters/hpc.yaml');
  const line = 'clusters/hpc.yaml is valid: the profile of a cluster with 2 pools.\n';
  assert.deepEqual([good.code, good.stdout, good.stderr], [0, line, '']);
  const json = await validate('clusters/hpc.yaml', '--json');
  assert.deepEqual(JSON.parse(json.stdout), {
    valid: true,
    file: 'clusters/hpc.yaml',
    pools: 2,
    diagnostics: [],
  });
  const bad = await validate('clusters/bad.yaml');
  assert.deepEqual([bad.code, bad.stdout], [3, '']);
  assert.match(
    bad.stderr,
    /^clusters\/bad\.yaml:3:9 error unknown-key: Pool `gpu` has no key `gpu`/,
  );
});

test('validate --json gives each mistake with place, code, message, notes and suggestion', async () => {
  const {code, stdout, stderr} = await validate('sub dir/p.yaml', '--json');
  assert.deepEqual([code, stderr], [3, '']);
  const {valid, diagnostics} = JSON.parse(stdout) as {valid: boolean; diagnostics: object[]};
  assert.equal(valid, false);
  assert.deepEqual(diagnostics[0], {
    code: 'unknown-stage-type',
    severity: 'error',
    message: (diagnostics[0] as {message: string}).message,
    file: 'sub dir/p.yaml',
    line: 2,
    column: 13,
    endLine: 2,
    endColumn: 16,
    notes: [],
    suggestion: 'say',
  });
  assert.deepEqual(
    diagnostics.map((one) => (one as {code: string}).code),
    ['unknown-stage-type', 'unknown-param'],
  );
  const good = await validate('good.yaml', '--format', 'json');
  const answer = JSON.parse(good.stdout) as Record<string, unknown>;
  assert.deepEqual(
    [good.code, answer['valid'], answer['file'], answer['instances'], answer['chosen']],
    [0, true, 'good.yaml', 1, 1],
  );
  const [warning] = answer['diagnostics'] as [Record<string, unknown>];
  assert.deepEqual([warning['severity'], warning['code']], ['warning', 'unused-param']);
});

test('validate --format github prints workflow commands that GitHub reads', async () => {
  const {code, stdout, stderr} = await validate('sub dir/p.yaml', '--format', 'github');
  assert.deepEqual([code, stderr], [3, '']);
  const [first, ...others] = stdout.trimEnd().split('\n');
  assert.match(
    first!,
    /^::error file=sub dir\/p\.yaml,line=2,endLine=2,col=13,endColumn=16,title=unknown-stage-type::.*%0ADid you mean `say`\?$/,
  );
  assert.ok(others.every((line) => /^::error file=[^:]*::/.test(line)));
  const good = await validate('good.yaml', '--format', 'github');
  assert.equal(good.code, 0);
  assert.match(good.stdout, /^::warning file=good\.yaml,.*\ngood\.yaml is valid: 1 instance\.\n$/);
  const argument = await validate('good.yaml', 'a,b%', '--format', 'github');
  assert.match(argument.stdout, /^::error title=bad-selector::.*`a,b%25` on the command line/);
});

test('validate --format sarif prints a SARIF 2.1.0 log', async () => {
  const {code, stdout} = await validate('sub dir/p.yaml', '--format', 'sarif');
  assert.equal(code, 3);
  const log = JSON.parse(stdout) as Sarif;
  assert.equal(log.version, '2.1.0');
  const [run] = log.runs;
  const {driver} = run!.tool;
  assert.equal(driver.name, 'Distillery');
  for (const {ruleId, ruleIndex, level, message, locations} of run!.results) {
    assert.equal(driver.rules[ruleIndex]?.id, ruleId);
    assert.ok(driver.rules[ruleIndex].shortDescription.text.length > 0);
    assert.equal(level, 'error');
    assert.ok(message.text.length > 0);
    const {artifactLocation, region} = locations[0]!.physicalLocation;
    assert.equal(artifactLocation.uri, 'sub%20dir/p.yaml');
    assert.ok(region.startLine >= 1 && region.startColumn >= 1);
    assert.ok(region.endLine > region.startLine || region.endColumn >= region.startColumn);
  }
  assert.equal(run!.results.length, 2);
  // A mistake that is in no text is about the file, so that every result has a place.
  for (const [words, uri] of [
    [['sub dir/none.yaml'], 'sub%20dir/none.yaml'],
    [['good.yaml', 'a,b%'], 'good.yaml'],
    [[], 'pipeline.yaml'],
  ] as const) {
    const missing = await validate(...words, '--format', 'sarif');
    const [{results}] = (JSON.parse(missing.stdout) as Sarif).runs as [Sarif['runs'][number]];
    assert.ok(missing.code !== 0 && results.length === 1);
    assert.deepEqual(results[0]!.locations, [{physicalLocation: {artifactLocation: {uri}}}]);
  }
  const both = await validate('good.yaml', '--json', '--format', 'sarif');
  assert.equal(both.code, 2);
});

/** The part of SARIF's schema that its readers require. */
interface Sarif {
  readonly version: string;
  readonly runs: readonly {
    readonly tool: {
      readonly driver: {
        readonly name: string;
        readonly rules: readonly {readonly id: string; readonly shortDescription: {text: string}}[];
      };
    };
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly level: string;
      readonly message: {readonly text: string};
      readonly locations: readonly {
        readonly physicalLocation: {
          readonly artifactLocation: {readonly uri: string};
          readonly region: Readonly<
            Record<'startLine' | 'startColumn' | 'endLine' | 'endColumn', number>
          >;
        };
      }[];
    }[];
  }[];
}
