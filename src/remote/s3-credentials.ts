import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {promisify} from 'node:util';
import {isSystemError} from '../base/errno.ts';
import {onDemand} from '../base/on-demand.ts';
import {RemoteError} from './remote.ts';
import type {S3Credentials} from './s3-remote.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Time before their end at which credentials are asked for anew, in milliseconds. */
const earlyMs = 60_000;

/** The time that a command has to print credentials, in milliseconds. */
const commandMs = 10_000;

/** Credentials, and the time of their end in milliseconds since the epoch. */
type Lent = S3Credentials & {readonly endMs?: number};

/**
 * Finds the credentials for S3: those that a command prints, as `aws configure export-credentials` does; otherwise those
 * of the variables `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`; otherwise those of `~/.aws/credentials`.
 */
export function s3Credentials(
  environment: Environment,
  command?: readonly string[],
): () => Promise<S3Credentials> {
  let lent: Promise<Lent> | undefined;
  return async () => {
    const {endMs = Number.POSITIVE_INFINITY} = (await lent) ?? {endMs: 0};
    if (Date.now() > endMs - earlyMs) lent = find(environment, command);
    return await lent!;
  };
}

async function find(environment: Environment, command?: readonly string[]): Promise<Lent> {
  if (command !== undefined) return await printedBy(command, environment);
  const {AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret} = environment;
  const found = id && secret ? ofVariables(id, secret, environment) : await ofFile(environment);
  if (found !== undefined) return found;
  throw new RemoteError(
    'final',
    'needs credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or `credentials` in the configuration',
  );
}

function ofVariables(id: string, secret: string, {AWS_SESSION_TOKEN: token}: Environment): Lent {
  return {accessKeyId: id, secretAccessKey: secret, ...(token && {sessionToken: token})};
}

/** The section of `~/.aws/credentials` that `AWS_PROFILE` names. */
async function ofFile(environment: Environment): Promise<Lent | undefined> {
  const {AWS_SHARED_CREDENTIALS_FILE: named, HOME: home = '', AWS_PROFILE: profile} = environment;
  const file = named ?? path.join(home, '.aws', 'credentials');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
  const fields = new Map<string, string>();
  let section = '';
  for (const line of text.split('\n')) {
    section = /^\s*\[\s*(.+?)\s*\]/.exec(line)?.[1] ?? section;
    const [, name, value] = /^\s*(\w+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined && section === (profile ?? 'default')) fields.set(name, value!);
  }
  const [id, secret] = [fields.get('aws_access_key_id'), fields.get('aws_secret_access_key')];
  if (!id || !secret) return undefined;
  return ofVariables(id, secret, {AWS_SESSION_TOKEN: fields.get('aws_session_token')});
}

async function printedBy(
  [program, ...words]: readonly string[],
  environment: Environment,
): Promise<Lent> {
  try {
    const run = promisify(onDemand('node:child_process').execFile);
    const {stdout} = await run(program!, words, {env: {...environment}, timeout: commandMs});
    const printed = JSON.parse(stdout) as Readonly<Record<string, unknown>>;
    const {AccessKeyId: id, SecretAccessKey: secret, SessionToken: token} = printed;
    const {Expiration: end} = printed;
    if (typeof id !== 'string' || typeof secret !== 'string') throw new SyntaxError();
    const endMs = typeof end === 'string' ? Date.parse(end) : Number.NaN;
    return {
      accessKeyId: id,
      secretAccessKey: secret,
      ...(typeof token === 'string' && {sessionToken: token}),
      ...(Number.isFinite(endMs) && {endMs}),
    };
  } catch (error) {
    // What it printed may be secret.
    const how = error instanceof SyntaxError ? 'printed no credentials' : 'failed';
    throw new RemoteError('final', `needs credentials, but the command ${program} ${how}`);
  }
}
