import type {Fault} from '../../src/contract/facts.ts';

/** Places that no source can be read from, with what was probably meant. */
export function sourceFaults(source: string | readonly string[] | undefined): readonly Fault[] {
  if (typeof source === 'string') return faultOf(source, 'source');
  return (source ?? []).flatMap((url, index) => faultOf(url, `source.${index}`));
}

function faultOf(url: string, param: string): readonly Fault[] {
  if (hasPassword(url)) {
    const message =
      'A source may not contain a user or a password: journals and records would keep it.';
    return [{param, message}];
  }
  if (/^(https?|file|npm):/.test(url)) return [];
  const [, scheme] = /^([A-Za-z][A-Za-z0-9+.-]+):/.exec(url) ?? [];
  const why =
    scheme === undefined
      ? 'A folder or file of yours is given by its whole path after file://.'
      : `${scheme}: cannot be read; get a copy first.`;
  const message = `A source begins with https:, file: or npm:, got ${JSON.stringify(url)}. ${why}`;
  const suggestion = meant(url);
  return [{param, message, ...(suggestion !== undefined && {suggestion})}];
}

function hasPassword(url: string): boolean {
  if (!/^https?:/.test(url) || !URL.canParse(url)) return false;
  const {username, password} = new URL(url);
  return username !== '' || password !== '';
}

function meant(url: string): string | undefined {
  if (url.startsWith('/')) return `file://${encodeURI(url)}`;
  const [, path] = /^(?:\.{0,2}\/|~\/)+([^/].*)$/.exec(url) ?? [];
  if (path !== undefined) return `file:///…/${path}`;
  const s3 = /^s3:\/\/([^/]+)\/(.+)$/.exec(url);
  if (s3 !== null) return `https://${s3[1]!}.s3.amazonaws.com/${s3[2]!}`;
  const hub = /^hf:\/\/(datasets\/[^/]+\/[^/]+)\/(.+)$/.exec(url);
  if (hub !== null) return `https://huggingface.co/${hub[1]!}/resolve/main/${hub[2]!}`;
  return undefined;
}
