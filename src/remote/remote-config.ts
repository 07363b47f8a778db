import type {KeyObject} from 'node:crypto';
import path from 'node:path';
import type {DiagnosticLog} from '../diagnostics/diagnostic.ts';
import {showValue} from '../diagnostics/show-value.ts';
import type {Span} from '../diagnostics/span.ts';
import {isText, jsonOf, type Located} from '../document/located.ts';
import {checkKeys} from '../pipeline/source/check-keys.ts';
import {expected, FieldReader} from '../pipeline/source/field-reader.ts';
import {remoteSchema} from './remote-schema.ts';
import {parsePublicKey} from './signatures.ts';
import type {Trust} from './signed-record.ts';
import type {S3Place} from './s3-remote.ts';

/** The `remote` of a configuration: where results are shared, and with whom. */
export interface RemoteConfig {
  readonly place: RemotePlace;
  /** Whether runs put their results there. */
  readonly writes: boolean;
  readonly trust: Trust;
  /** The key that signs results, and its name. */
  readonly sign?: {readonly name: string; readonly file: string; readonly span: Span};
  /** A command that prints the credentials for S3 as JSON. */
  readonly credentials?: readonly string[];
  /** The stage types whose results are shared with all their bytes, those that are bulky, too. */
  readonly keep: readonly string[];
}

export type RemotePlace =
  | {readonly kind: 'folder'; readonly folder: string}
  | {readonly kind: 'http'; readonly url: URL}
  | ({readonly kind: 's3'} & S3Place);

/** Parses `remote`. `undefined`: it has mistakes, which were reported. */
export function parseRemoteConfig(remote: Located, log: DiagnosticLog): RemoteConfig | undefined {
  if (remote.kind !== 'map') {
    expected('`remote`', 'a mapping with `url`', remote, log);
    return undefined;
  }
  const reader = new FieldReader(
    checkKeys({map: remote, known: Object.keys(remoteSchema.properties), what: '`remote`', log}),
    log,
  );
  const url = reader.text('url');
  if (url === undefined && !remote.entries.has('url')) {
    log.error('missing-key', remote.span, '`remote` must have `url`, such as s3://bucket/prefix.');
  }
  const place = url && placeOf(url, reader);
  const writes = reader.oneOf('mode', ['read', 'write'] as const) === 'write';
  const trust = trustOf(reader);
  const sign = signOf(reader);
  const credentials = reader.texts('credentials');
  const keep = reader.texts('keep') ?? [];
  if (writes && trust !== 'all' && !remote.entries.has('sign')) {
    const message =
      '`mode: write` needs `sign`, since nobody uses a result without a signature: `pipeline key new NAME` makes a key.';
    log.error('missing-key', reader.spanOf('mode'), message);
  }
  if (log.hasErrors || place === undefined || trust === undefined) return undefined;
  return {place, writes, trust, keep, ...(sign && {sign}), ...(credentials && {credentials})};
}

function placeOf(
  {value, span}: {readonly value: string; readonly span: Span},
  reader: FieldReader,
): RemotePlace | undefined {
  if (path.isAbsolute(value)) return {kind: 'folder', folder: value};
  // Names of users and passwords, and prefixes, are unescaped later.
  const url = URL.canParse(value) && isEscaped(value) ? new URL(value) : undefined;
  if (url?.protocol === 's3:' && url.hostname !== '') return s3Place(url, reader);
  if (url !== undefined && /^https?:$/.test(url.protocol)) {
    return isSafe(url, span, reader) ? {kind: 'http', url} : undefined;
  }
  // It may hold a password.
  const message = '`url` must be an address that begins with s3://, https:// or /.';
  reader.log.error('bad-value', span, message);
  return undefined;
}

/** Whether each percent sign in an address begins an escaped character. */
function isEscaped(address: string): boolean {
  try {
    decodeURIComponent(address);
    return true;
  } catch {
    return false;
  }
}

function s3Place(url: URL, reader: FieldReader): RemotePlace | undefined {
  const region = reader.text('region')?.value ?? 'us-east-1';
  const written = reader.text('endpoint');
  const address = written?.value ?? `https://s3.${region}.amazonaws.com`;
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
    const message = `\`endpoint\` must be an address such as https://s3.example.org, got ${showValue(address)}.`;
    reader.log.error('bad-value', written?.span ?? reader.spanOf('url'), message);
    return undefined;
  }
  const endpoint = new URL(address);
  if (written !== undefined && !isSafe(endpoint, written.span, reader)) return undefined;
  const prefix = decodeURIComponent(url.pathname).replaceAll(/^\/+|\/+$/g, '');
  return {kind: 's3', bucket: decodeURIComponent(url.hostname), prefix, endpoint, region};
}

/** Whether nobody on the way can read or change what is sent: otherwise the user has to say that they know. */
function isSafe(url: URL, span: Span, reader: FieldReader): boolean {
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol === 'https:' || isLocal || reader.isTrue('insecure')) return true;
  const message = `${url.protocol}//${url.host} is not encrypted: passwords can be read on the way. Use https, or add \`insecure: true\`.`;
  reader.log.error('bad-value', span, message);
  return false;
}

function trustOf(reader: FieldReader): Trust | undefined {
  const all = reader.oneOf('trust', ['all'] as const);
  const trusted = reader.map('trusted');
  if (all !== undefined && trusted !== undefined) {
    const message = '`trust: all` believes everybody: it cannot be combined with `trusted`.';
    reader.log.error('conflicting-keys', reader.spanOf('trust'), message);
  }
  if (all !== undefined) return 'all';
  if (trusted === undefined) {
    if (reader.has('trusted') || reader.has('trust')) return undefined;
    const message =
      '`remote` must have `trusted`, the public keys of those whose results are used, or `trust: all`.';
    reader.log.error('missing-key', reader.span, message, {about: 'trusted'});
    return undefined;
  }
  const found = new Map<string, KeyObject>();
  for (const [name, {value}] of trusted.entries) {
    const key = isText(value) ? parsePublicKey(value.value) : undefined;
    if (key !== undefined) found.set(name, key);
    else if (value.kind !== 'unknown') {
      const message = `A trusted key must be the text that \`pipeline key new\` prints, 44 characters, got ${showValue(jsonOf(value))}.`;
      reader.log.error('bad-value', value.span, message);
    }
  }
  return found;
}

function signOf(reader: FieldReader): RemoteConfig['sign'] {
  const sign = reader.map('sign');
  if (sign === undefined) return undefined;
  const {log} = reader;
  const fields = new FieldReader(
    checkKeys({map: sign, known: ['name', 'key'], what: '`sign`', log}),
    log,
  );
  const name = fields.text('name');
  const key = fields.text('key');
  for (const field of ['name', 'key']) {
    if (!fields.has(field)) log.error('missing-key', sign.span, `\`sign\` must have \`${field}\`.`);
  }
  if (name === undefined || key === undefined) return undefined;
  if (!path.isAbsolute(key.value)) {
    log.error('bad-value', key.span, '`key` must be the absolute path of a file.');
    return undefined;
  }
  return {name: name.value, file: key.value, span: key.span};
}
