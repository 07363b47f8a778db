import assert from 'node:assert/strict';
import {open} from 'node:fs/promises';
import {pipeline} from 'node:stream/promises';
import {test} from 'node:test';
import {HttpRemote} from '../../src/remote/http-remote.ts';
import {receiveText} from '../../src/remote/receive.ts';
import {bodyOf, type Remote} from '../../src/remote/remote.ts';
import {ObjectServer, type Trick} from '../support/remote/object-server.ts';

const name = `cas/${'a'.repeat(64)}` as const;
const recordName = `ac/${'b'.repeat(64)}` as const;
const limits = {connectMs: 5000, silenceMs: 200};

async function textOf(
  remote: Remote,
  of: Parameters<Remote['get']>[0],
): Promise<string | undefined> {
  const bytes = await remote.get(of);
  return bytes && (await receiveText(bytes, 1 << 20));
}

test('what is put is there, and what is not there is told as absent', async () => {
  await using server = await ObjectServer.start();
  const remote = new HttpRemote(server.url);
  assert.equal(await remote.has(name), false);
  assert.equal(await remote.get(name), undefined);
  await remote.put(name, bodyOf('bytes'));
  assert.equal(await remote.has(name), true);
  assert.equal(await textOf(remote, name), 'bytes');
});

test('the first record of a key stays, also on a server that does not know the condition', async () => {
  await using server = await ObjectServer.start();
  const remote = new HttpRemote(server.url);
  await remote.put(recordName, bodyOf('first'));
  await remote.put(recordName, bodyOf('second'));
  assert.equal(await textOf(remote, recordName), 'first');
  server.trick = (request, answer) => {
    if (request.headers['if-none-match'] === undefined) return false;
    answer.writeHead(501).end();
    return true;
  };
  const other = `ac/${'c'.repeat(64)}` as const;
  await remote.put(other, bodyOf('there'));
  assert.equal(await textOf(remote, other), 'there');
});

test('a name and a password go into a header, and not into the title', async () => {
  await using server = await ObjectServer.start();
  let seen: string | undefined;
  server.trick = ({headers}) => {
    seen = headers.authorization;
    return false;
  };
  const url = new URL(server.url);
  url.username = 'me';
  url.password = 'se%20cret';
  const remote = new HttpRemote(url);
  await remote.has(name);
  assert.equal(seen, `Basic ${Buffer.from('me:se cret').toString('base64')}`);
  assert.equal(remote.title, server.url.href);
});

for (const [status, kind, says] of [
  [302, 'final', /elsewhere/],
  [401, 'final', /does not let us in/],
  [403, 'final', /does not let us in/],
  [500, 'passing', /status 500/],
  [429, 'passing', /status 429/],
] as const) {
  test(`status ${status} is a ${kind} failure, and no redirection is followed`, async () => {
    await using server = await ObjectServer.start();
    server.trick = (_, answer) => {
      answer.writeHead(status, {location: 'http://127.0.0.1:9/elsewhere'}).end();
      return true;
    };
    const remote = new HttpRemote(server.url);
    await assert.rejects(remote.get(name), {name: 'RemoteError', kind, message: says});
    assert.equal(server.requests.length, 1);
  });
}

test('a server that takes a request and never answers counts as silent', async () => {
  await using server = await ObjectServer.start();
  server.trick = () => true;
  const remote = new HttpRemote(server.url, {limits});
  await assert.rejects(remote.has(name), {kind: 'silent', message: /hardly a byte/});
});

test('a server that drips counts as silent', async () => {
  await using server = await ObjectServer.start();
  const drips = new Set<NodeJS.Timeout>();
  server.trick = (_, answer) => {
    answer.writeHead(200);
    drips.add(setInterval(() => answer.write('.'), 10));
    return true;
  };
  const remote = new HttpRemote(server.url, {limits});
  try {
    await assert.rejects(textOf(remote, name), {kind: 'silent'});
  } finally {
    for (const drip of drips) clearInterval(drip);
  }
});

const misbehaviours: readonly {readonly does: string; readonly trick: Trick}[] = [
  {
    does: 'cuts the connection before it answers',
    trick: ({socket}) => {
      socket.destroy();
      return true;
    },
  },
  {
    does: 'cuts the connection in the middle of its bytes',
    trick: ({socket}, answer) => {
      answer.writeHead(200, {'content-length': 100});
      answer.write('.', () => socket.destroy());
      return true;
    },
  },
  {
    does: 'speaks something other than HTTP',
    trick: ({socket}) => {
      socket.end('SSH-2.0-server\r\n');
      return true;
    },
  },
  {
    does: 'answers with headers without an end',
    trick: (_, answer) => {
      answer.writeHead(200, {'x-long': 'x'.repeat(1 << 20)}).end();
      return true;
    },
  },
];

for (const {does, trick} of misbehaviours) {
  test(`a server that ${does} is a passing failure`, async () => {
    await using server = await ObjectServer.start();
    server.trick = trick;
    const remote = new HttpRemote(server.url);
    await assert.rejects(textOf(remote, name), {name: 'RemoteError', kind: 'passing'});
  });
}

function* endless(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(1 << 16);
}

test('an answer without an object is read to a limit', async () => {
  await using server = await ObjectServer.start();
  server.trick = (_, answer) => {
    answer.writeHead(404);
    pipeline(endless, answer).catch(() => undefined);
    return true;
  };
  assert.equal(await new HttpRemote(server.url).get(name), undefined);
});

test('what S3 says about a refusal is told, and nothing else of its answer', async () => {
  await using server = await ObjectServer.start();
  const answers = [
    {status: 403, words: '<Error><Code>RequestTimeTooSkewed</Code></Error>', region: ''},
    {status: 301, words: '<Code>PermanentRedirect</Code>', region: 'eu-west-3'},
    {status: 403, words: '<Code>\u001B[2J</Code>', region: 'a b'},
  ];
  const told: string[] = [];
  for (const {status, words, region} of answers) {
    server.trick = (_, answer) => {
      answer.writeHead(status, {'x-amz-bucket-region': region}).end(words);
      return true;
    };
    await new HttpRemote(server.url).get(name).catch(({message}: Error) => told.push(message));
  }
  assert.deepEqual(told, [
    'does not let us in (status 403, RequestTimeTooSkewed)',
    'wants to send us elsewhere (status 301, PermanentRedirect): its `region` is eu-west-3',
    'does not let us in (status 403)',
  ]);
});

test('what was sent over a connection before does not make up for silence', async () => {
  await using server = await ObjectServer.start();
  const remote = new HttpRemote(server.url, {limits});
  await remote.put(name, bodyOf('x'.repeat(1 << 20)));
  server.trick = () => true;
  await assert.rejects(remote.has(name), {kind: 'silent'});
  assert.equal(server.connections, 1);
});

test('an artifact that is gone fails its own sharing, and is not held against the server', async () => {
  await using server = await ObjectServer.start();
  const body = {
    ...bodyOf('x'),
    open: () => open('/nonexistent').then((file) => file.createReadStream()),
  };
  await assert.rejects(new HttpRemote(server.url).put(name, body), {code: 'ENOENT'});
  assert.equal(server.requests.length, 0);
});

test('an aborted signal ends what is under way', async () => {
  await using server = await ObjectServer.start();
  const ending = new AbortController();
  server.trick = () => {
    ending.abort();
    return true;
  };
  const remote = new HttpRemote(server.url, {signal: ending.signal});
  await assert.rejects(remote.has(name), {kind: 'passing', message: /is not waited for any more/});
});

test('a port where nobody listens is a passing failure', async () => {
  const server = await ObjectServer.start();
  const {url} = server;
  await server[Symbol.asyncDispose]();
  await assert.rejects(new HttpRemote(url).has(name), {
    kind: 'passing',
    message: /does not accept connections \(ECONNREFUSED\)/,
  });
});
