import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Command} from 'commander';
import {Driver} from '../../../bench/fuzz/drive.ts';
import {exitCodeMeanings} from '../../../src/cli/exit-codes.ts';
import {commandGuide, groups} from '../../../src/cli/help/command-guide.ts';
import {otherWords} from '../../../src/cli/help/other-words.ts';
import {commands} from '../../../src/cli/run-cli.ts';
import type {World} from '../../../src/cli/world.ts';
import {offers} from '../../../stages/offers.ts';
import {faultOf, wordsOf} from '../../support/texts/command-lines.ts';

const silent = {stdout: {write: () => undefined}, stderr: {write: () => undefined}, offers};
const program = commands(silent as unknown as World, () => undefined);

/** Gives the full names of the commands that do something, without hidden ones. */
function leaves(): readonly string[] {
  const shown = program.createHelp().visibleCommands(program);
  return shown.flatMap((command: Command) => {
    if (command.name() === 'help') return [];
    if (command.commands.length === 0) return [command.name()];
    return command.commands.map((below) => `${command.name()} ${below.name()}`);
  });
}

test('every command has a group and two examples, and each example is understood', async () => {
  const guidance = commandGuide(offers);
  assert.deepEqual(leaves().toSorted(), [...guidance.keys()].toSorted());
  const faults: string[] = [];
  for (const [name, {examples}] of guidance) {
    assert.notEqual(examples[0], examples[1], name);
    for (const line of examples) {
      assert.ok(line.startsWith(`pipeline ${name}`), line);
      const fault = await faultOf(wordsOf(line));
      if (fault !== undefined) faults.push(`${line}: ${fault}`);
    }
  }
  assert.deepEqual(faults, []);
});

test('every command prints JSON on request, except those that serve people or shells', () => {
  const without = leaves().filter((name) => {
    const [first, second] = name.split(' ');
    const command = program.commands.find((one) => one.name() === first)!;
    const leaf = command.commands.find((one) => one.name() === second) ?? command;
    // A default is told once.
    for (const {description, defaultValue, long} of leaf.options) {
      assert.ok(defaultValue === undefined || !description.includes('(default'), `${name} ${long}`);
    }
    return !leaf.options.some(({long}) => long === '--json');
  });
  assert.deepEqual(without.toSorted(), ['completion', 'ui']);
});

test('help shows groups in their order, exit codes at its end, and examples of a command', async () => {
  const driver = new Driver(process.cwd(), 'scripted');
  const {code, stdout} = await driver.drive(['--help']);
  assert.equal(code, 0);
  const headings = Array.from(stdout.matchAll(/^(.+):$/gm), ([, heading]) => heading);
  assert.deepEqual(headings, ['Options', ...groups, 'Exit codes']);
  const codes = Array.from(stdout.split('Exit codes:')[1]!.matchAll(/^ {2}(\d+) /gm), ([, n]) => n);
  assert.deepEqual(codes, Object.keys(exitCodeMeanings));
  const pin = await driver.drive(['pin', '--help']);
  assert.match(pin.stdout, /\nExamples:\n {2}pipeline pin latest\n {2}pipeline pin \S+\n$/);
});

test('words of other runners are answered with the command that does the same', async () => {
  const driver = new Driver(process.cwd(), 'scripted');
  for (const [word, meant] of otherWords) {
    const {code, stderr} = await driver.drive([word]);
    assert.equal(code, 2, word);
    assert.match(stderr, new RegExp(`unknown command '${word}': here it is \`pipeline ${meant}\``));
    const [name] = meant.split(' ');
    assert.ok(leaves().includes(name!) || name === '--version', meant);
  }
  for (const option of ['-n', '--dryrun']) {
    const {code, stderr} = await driver.drive(['run', 'p.yaml', option]);
    assert.equal(code, 2);
    assert.match(stderr, new RegExp(`unknown option '${option}': \`pipeline plan\` shows`));
  }
  const json = await driver.drive(['clean', '--json']);
  const {diagnostics} = JSON.parse(json.stdout) as {diagnostics: [{code: string}]};
  assert.equal(diagnostics[0].code, 'bad-command-line');
});

test('a command is the same when only those up to it are declared', () => {
  const names = program.commands.map((command) => command.name());
  for (const name of names) {
    const few = commands(silent as unknown as World, () => undefined, name);
    const [here, there] = [few, program].map(({commands: all}) =>
      all.find((command) => command.name() === name)!,
    );
    assert.equal(here!.helpInformation(), there!.helpInformation());
    // A project gives values to the options of this one.
    assert.ok(
      few.commands.some((command) => command.name() === 'run'),
      name,
    );
  }
  const run = commands(silent as unknown as World, () => undefined, 'run');
  assert.ok(run.commands.length < names.length / 2, `${run.commands.length} of ${names.length}`);
  for (const first of ['help', '--help', 'hepl']) {
    const all = commands(silent as unknown as World, () => undefined, first);
    assert.equal(all.commands.length, names.length, first);
  }
});
