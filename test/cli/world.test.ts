import assert from 'node:assert/strict';
import {test} from 'node:test';
import {installationOf} from '../../src/cli/installation.ts';
import type {Screen} from '../../src/report/live/reporter.ts';
import {worldOf, type ProcessWorld} from '../../src/cli/world.ts';

/** Gives the world of a process with these environment variables. */
function world(environment: Readonly<Record<string, string>>, isTTY = true): ProcessWorld {
  const stream = {isTTY, columns: 50, rows: 10, on: () => undefined, write: () => true};
  const process = {
    env: environment,
    execPath: '/node',
    argv: ['node', '/main.js'],
    cwd: () => '/',
    on: () => undefined,
    stdout: stream,
    stderr: stream,
  };
  const installation = installationOf(import.meta.url);
  return worldOf(process as unknown as NodeJS.Process, installation);
}

/** Gives the screen of a program with these environment variables. */
function screen(environment: Readonly<Record<string, string>>, isTTY = true): Screen {
  return world(environment, isTTY).stdout;
}

test('colours and a live display are for terminals that want them', () => {
  const facts = (environment: Readonly<Record<string, string>>, isTTY = true): unknown => {
    const {isTerminal, colours} = screen(environment, isTTY);
    return {isTerminal, colours};
  };
  assert.deepEqual(facts({}), {isTerminal: true, colours: true});
  assert.deepEqual(facts({NO_COLOR: '1'}), {isTerminal: true, colours: false});
  assert.deepEqual(facts({NO_COLOR: ''}), {isTerminal: true, colours: true});
  assert.deepEqual(facts({TERM: 'dumb'}), {isTerminal: false, colours: false});
  assert.deepEqual(facts({}, false), {isTerminal: false, colours: false});
  assert.deepEqual(screen({}).size(), {columns: 50, rows: 10});
});

test('runs find each other whatever TMPDIR says', () => {
  const usual = world({}).hostFolder;
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = '/somewhere/else';
  try {
    assert.deepEqual(world({TMPDIR: '/somewhere/else'}).hostFolder, usual);
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  }
});
