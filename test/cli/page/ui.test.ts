import assert from 'node:assert/strict';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {readFile, stat} from 'node:fs/promises';
import {request, type IncomingMessage} from 'node:http';
import {connect} from 'node:net';
import {networkInterfaces} from 'node:os';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import type {Parts} from '../../../src/page/model/parts.ts';
import {FakeBrowser} from '../../support/rigs/fake-browser.ts';
import {Gate} from '../../support/program/gate.ts';
import {OnTerminal, skipWithoutTerminal} from '../../support/program/on-terminal.ts';
import type {World} from '../../../src/cli/world.ts';
import {Rig, type Program} from '../../support/program/rig.ts';

const pipeline = (gate = ''): string => `
name: words
stages:
  first: {uses: say, with: {text: a}}
  second: {uses: join, inputs: {parts: first.out}}
  third: {uses: say, with: {text: b, gate: '${gate}'}}
`;

/** Gives the address that a program printed. */
async function urlOf(program: Program): Promise<URL> {
  const text = await program.line('http://127.0.0.1:');
  return new URL(/http:\/\/127\.0\.0\.1:\d+\/[\w-]{22}\//.exec(text)![0]);
}

async function ask(
  url: URL,
  options: {readonly method?: string; readonly host?: string; readonly path?: string} = {},
): Promise<IncomingMessage & {readonly text: string}> {
  const {method = 'GET', host = url.host, path = url.pathname} = options;
  const asked = request({hostname: url.hostname, port: url.port, path, method, headers: {host}});
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  response.setEncoding('utf8');
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return Object.assign(response, {text});
}

interface Message {
  readonly event: string;
  readonly data: Partial<Parts>;
}

/** Yields the messages that a server sends up to the end of the run, then closes the connection. */
async function* messages(url: URL): AsyncGenerator<Message> {
  const response = await fetch(new URL('events', url));
  let rest = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + chunk).split('\n\n');
    rest = parts.pop()!;
    for (const part of parts) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/s.exec(part)!;
      yield {event: event!, data: JSON.parse(data!) as Partial<Parts>};
      if (event === 'end') return;
    }
  }
}

test('the page is served to this machine only, under its own name, for reading', async () => {
  await using rig = await Rig.ran(pipeline());
  const program = rig.start(['ui', 'latest', '--no-open']);
  const url = await urlOf(program);
  const page = await ask(url);
  assert.equal(page.statusCode, 200);
  assert.match(page.text, /^<!doctype html>/);
  const {headers} = page;
  assert.match(
    String(headers['content-security-policy']),
    /^default-src 'none'; .*; frame-ancestors 'none'$/,
  );
  assert.equal(headers['access-control-allow-origin'], undefined);
  assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
  assert.equal((await ask(url, {host: `localhost:${url.port}`})).statusCode, 200);
  for (const host of [
    'harm.example',
    `harm.example:${url.port}`,
    '127.0.0.1',
    `127.0.0.1.harm.example:${url.port}`,
  ]) {
    for (const name of ['', 'events']) {
      const refused = await ask(url, {host, path: url.pathname + name});
      assert.deepEqual([refused.statusCode, refused.text.length < 60], [403, true], host);
    }
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    const refused = await ask(url, {method});
    assert.deepEqual([refused.statusCode, refused.headers['allow']], [405, 'GET, HEAD'], method);
  }
  const head = await ask(url, {method: 'HEAD'});
  assert.deepEqual([head.statusCode, head.text], [200, '']);
  for (const name of ['../../etc/passwd', 'artifacts', '/', 'events?x', '%2e%2e/p.yaml']) {
    assert.equal((await ask(url, {path: url.pathname + name})).statusCode, 404, name);
  }
  program.kill('SIGINT');
  assert.equal((await program.finished).code, 0);
});

test('every request without the secret address gets the same 404', async () => {
  await using rig = await Rig.ran(pipeline());
  const url = await urlOf(rig.start(['ui', 'latest', '--no-open']));
  const other = await urlOf(rig.start(['ui', 'latest', '--no-open']));
  assert.notEqual(url.pathname, other.pathname);
  const {pathname} = url;
  const wrong = pathname.replace(/^\/(.)/, (_, first) => (first === 'A' ? '/B' : '/A'));
  const answers = new Set<string>();
  const paths = ['/', '/events', '/favicon.ico', '//', '/x/events', `/${pathname}`, other.pathname];
  paths.push(wrong, `${wrong}events`, pathname.slice(0, -1), `${pathname.slice(0, -2)}/`);
  for (const path of paths) {
    for (const method of ['GET', 'POST']) {
      for (const host of [url.host, 'harm.example']) {
        const {statusCode, text, headers} = await ask(url, {path, method, host});
        answers.add(JSON.stringify([statusCode, text, {...headers, date: ''}]));
      }
    }
  }
  assert.equal(answers.size, 1, [...answers].join('\n'));
  assert.match([...answers][0]!, /^\[404,"Not found\.\\n",/);
});

test('the browser is called with a file that only this user may read, which is gone in the end', async () => {
  await using rig = await Rig.ran(pipeline());
  const browser = await FakeBrowser.in(rig);
  const program = rig.with(browser.environment).start(['ui', 'latest']);
  const url = await urlOf(program);
  const words = await browser.opened();
  assert.ok(!words.includes(url.pathname.slice(1, -1)), words);
  const door = fileURLToPath(words);
  assert.equal((await stat(door)).mode & 0o777, 0o600);
  assert.ok((await readFile(door, 'utf8')).includes(`url=${url.href}"`));
  program.kill('SIGINT');
  assert.equal((await program.finished).code, 0);
  assert.equal(existsSync(door), false);
});

test('Ctrl-C ends the server as soon as its address is printed', async () => {
  await using rig = await Rig.ran(pipeline());
  const order: string[] = [];
  let interrupt = (): void => assert.fail('nobody listens for Ctrl-C');
  const onInterrupt: World['onInterrupt'] = (listener) => {
    interrupt = () => listener('SIGINT');
    return () => void order.push('released');
  };
  const stdout: World['stdout'] = {
    isTerminal: false,
    colours: false,
    size: () => ({columns: Number.POSITIVE_INFINITY, rows: Number.POSITIVE_INFINITY}),
    write: () => {
      order.push('printed');
      interrupt();
    },
    writeStored: () => undefined,
  };
  const {code} = await rig.pipelineIn({onInterrupt, stdout}, 'ui', 'latest', '--no-open');
  assert.deepEqual([code, order], [0, ['printed', 'released']]);
});

test('nothing listens on any other address of this machine', async () => {
  await using rig = await Rig.ran(pipeline());
  const url = await urlOf(rig.start(['ui', 'latest', '--no-open']));
  const others = Object.values(networkInterfaces())
    .flat()
    .flatMap((one) => (one === undefined || one.address === '127.0.0.1' ? [] : [one.address]))
    .filter((address) => !address.startsWith('fe80:'));
  if (process.platform === 'linux') others.push('127.0.0.2');
  for (const host of others) {
    const socket = connect({host, port: Number(url.port)});
    // `once` rejects if the socket emits an error while `once` waits.
    await assert.rejects(once(socket, 'connect'), host);
    socket.destroy();
  }
});

test('for a finished run, the server sends the whole page once and then the end', async () => {
  await using rig = await Rig.ran(pipeline());
  const url = await urlOf(rig.start(['ui', 'latest', '--no-open']));
  for (const _ of ['the first viewer', 'another']) {
    const sent: Message[] = [];
    for await (const message of messages(url)) sent.push(message);
    assert.deepEqual(
      sent.map(({event}) => event),
      ['parts', 'end'],
    );
    assert.deepEqual(sent[0]!.data.overview!.counts, {finished: 3});
    assert.ok(sent[0]!.data['detail:first']);
  }
});

test('a viewer of a live run gets the whole page, then only changed parts, then the end', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', pipeline(gate.path));
  const run = rig.with({DISPLAY: '', WAYLAND_DISPLAY: ''}).start(['run', 'p.yaml', '--open']);
  const url = await urlOf(run);
  const arrival = await gate.arrival();
  const sent: Message[] = [];
  let wasLet = false;
  for await (const message of messages(url)) {
    sent.push(message);
    // The gate opens when the two other instances have finished.
    if (!wasLet && message.data.overview?.counts.finished === 2) {
      wasLet = true;
      arrival.let('go');
    }
  }
  const {code, stdout, stderr} = await run.finished;
  assert.equal(code, 0, stdout + stderr);
  const [first, ...later] = sent;
  assert.equal(first!.data.overview!.state, 'running');
  assert.equal(first!.data.graphs![0]!.nodes.length, 3);
  assert.ok(later.every(({data}) => data.graphs === undefined));
  assert.deepEqual(sent.at(-1), {event: 'end', data: {}});
  const last = Object.assign({}, ...sent.map(({data}) => data)) as Parts;
  assert.deepEqual([last.overview.state, last.overview.counts], ['ok', {finished: 3}]);
});

test('without a run, the runs of the store are served, each at its place and several beside each other', async () => {
  await using rig = await Rig.ran(pipeline());
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  const [a, b] = await rig.runs();
  const program = rig.start(['ui', '--no-open']);
  const url = await urlOf(program);
  const list = await fetch(new URL('events', url));
  const {value} = (await list.body!.getReader().read()) as {readonly value: Uint8Array};
  assert.match(Buffer.from(value).toString(), new RegExp(`"names":\\["${b}","${a}"\\]`));
  assert.match((await ask(url)).text, /<title>Runs<\/title>\n<style>/);
  for (const place of [`runs/${a}/`, `compare/${a},${b}/`]) {
    const page = await ask(url, {path: url.pathname + place});
    assert.deepEqual(
      [page.statusCode, page.text.includes('<link rel="up" href="../../">')],
      [200, true],
    );
    const sent: Message[] = [];
    for await (const message of messages(new URL(place, url))) sent.push(message);
    assert.deepEqual(
      sent.map(({event}) => event),
      ['parts', 'end'],
    );
    assert.ok((place.startsWith('runs') ? 'overview' : 'comparison') in sent[0]!.data);
  }
  const none = ['runs/', 'runs/none/', `runs/${a}`, `runs/${a},${b}/`, `compare/${a}/`, 'runs/%/'];
  none.push('runs/../', 'runs/%2e%2e/', `compare/${a},none/`, `compare/${a},${b}/x`, '/');
  for (const place of none) {
    for (const end of ['', 'events']) {
      const {statusCode} = await ask(url, {path: url.pathname + place + end});
      assert.equal(statusCode, 404, place + end);
    }
  }
  program.kill('SIGINT');
  assert.equal((await program.finished).code, 0);
});

test('several runs are one page, and the same run twice is one', async () => {
  await using rig = await Rig.ran(pipeline());
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  const [a, b] = await rig.runs();
  const program = rig.start(['ui', a!, 'latest', b!, '--no-open']);
  const url = await urlOf(program);
  for await (const {data} of messages(url)) {
    if ('comparison' in data) {
      const {runs} = data['comparison'] as {readonly runs: readonly {readonly run: string}[]};
      assert.deepEqual(
        runs.map(({run}) => run),
        [a, b],
      );
    }
  }
  assert.match((await ask(url)).text, /<title>2 runs<\/title>\n<style>/);
});

test('a run with --open and without a screen prints the address of its page, and ends', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', pipeline());
  const {code, stderr} = await rig
    .with({
      DISPLAY: '',
      WAYLAND_DISPLAY: '',
    })
    .start(['run', 'p.yaml', '--open']).finished;
  assert.equal(code, 0);
  assert.match(stderr, /^Its page: http:\/\/127\.0\.0\.1:\d+\/[\w-]{22}\/$/m);
});

test(
  'at a terminal the page stays when the run has ended, while a browser shows it',
  {skip: skipWithoutTerminal},
  async () => {
    await using rig = await Rig.create();
    await rig.write('p.yaml', pipeline());
    using program = new OnTerminal(rig, 'run p.yaml --open', 200, 40);
    await program.shows(
      /Done in [^]*The page stays at \S+ while a browser shows it\. Ctrl-C ends it\. Open it within 30 s\./,
    );
    const [address] = /http:\/\/127\.0\.0\.1:\d+\/[\w-]{22}\//.exec(program.terminal.text)!;
    assert.equal((await ask(new URL(address))).statusCode, 200);
    const sent: Message[] = [];
    for await (const message of messages(new URL(address))) sent.push(message);
    assert.equal(sent.at(-1)?.event, 'end');
    assert.equal(await program.code, 0);
  },
);

test('a port in use, an invalid port and a store without runs are reported', async () => {
  await using rig = await Rig.create();
  assert.equal((await rig.pipeline('ui', '--no-open')).code, 4);
  await rig.write('p.yaml', pipeline());
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  const {port} = await urlOf(rig.start(['ui', 'latest', '--no-open']));
  const taken = await rig.pipeline('ui', '--no-open', '--port', port);
  assert.equal(taken.code, 2);
  assert.match(taken.stderr, new RegExp(`^Port ${port} cannot be used: another program uses it`));
  assert.equal((await rig.pipeline('ui', '--port', '70000')).code, 2);
});
