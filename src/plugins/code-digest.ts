import {readFileSync, statSync} from 'node:fs';
import {createRequire, isBuiltin} from 'node:module';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {canonicalJson} from '../base/canonical-json.ts';
import {digestOf, type Digest} from '../base/digest.ts';
import {isSystemError} from '../base/errno.ts';
import {packageAbove, packageNamed} from './package-of.ts';

/** The module that a plugin imports to define its stage types: no result depends on it. */
const ownName = 'distillery';

/**
 * The digest of a module's sources: the bytes of its file and of everything that it imports by a path, directly or not,
 * and the name and version of every package that these files import. Imports are found in the text: static, dynamic,
 * `require`, or a `new URL` beside the module; an import with a computed name is not found. Files are named by their
 * path from the module, so that a moved folder keeps its digest. A missing file counts as absent.
 * @param entry the absolute path of the module
 */
export function codeDigest(entry: string): Digest {
  const files: Record<string, string> = {};
  const packages = new Set<string>();
  const waiting = [entry];
  for (const file of waiting) {
    const name = path.relative(path.dirname(entry), file).replaceAll(path.sep, '/');
    if (name in files) continue;
    const bytes = readFile(file);
    files[name] = bytes === undefined ? 'absent' : digestOf(bytes);
    if (bytes === undefined || !isScript(file)) continue;
    for (const specifier of importsIn(bytes.toString())) {
      const found = resolve(specifier, file);
      if (found?.kind === 'file') waiting.push(found.path);
      else if (found?.kind === 'package') packages.add(`${found.name}@${found.version}`);
    }
  }
  return digestOf(canonicalJson(['plugin-code', 1, {files, packages: [...packages].sort()}]));
}

/** The bytes of a file, or `undefined` if it cannot be read. */
function readFile(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

function isScript(file: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(file);
}

const quotedName = String.raw`(?:\/\*[^]*?\*\/\s*)*(['"\x60])([^'"\x60\n]+)\1`;
const forms = [
  String.raw`\bfrom\s*${quotedName}`,
  String.raw`\bimport\s*${quotedName}`,
  String.raw`\b(?:import|require|require\.resolve|import\.meta\.resolve)\s*\(\s*${quotedName}`,
  String.raw`\bnew\s+URL\(\s*${quotedName}\s*,\s*import\.meta\.url`,
];

/** All possible imports in a text. A false match does no harm: it only adds a file whose change changes the digest. */
function importsIn(text: string): readonly string[] {
  return forms.flatMap((form) => Array.from(text.matchAll(new RegExp(form, 'g')), (m) => m[2]!));
}

type Resolved =
  | {readonly kind: 'file'; readonly path: string}
  | {readonly kind: 'package'; readonly name: string; readonly version: string};

function resolve(specifier: string, from: string): Resolved | undefined {
  if (isBuiltin(specifier)) return undefined;
  if (specifier.startsWith('file:')) return {kind: 'file', path: fileURLToPath(specifier)};
  if (/^(\.{0,2}\/|\.\.?$)/.test(specifier)) {
    const named = path.resolve(path.dirname(from), specifier.replace(/[?#].*$/, ''));
    if (isFile(named)) return {kind: 'file', path: named};
    // `require` adds file endings.
    return {kind: 'file', path: resolved(specifier, from) ?? named};
  }
  const own = packageAbove(from);
  const name = /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0];
  if (name === undefined || name === ownName) return undefined;
  if (name === own?.name || specifier.startsWith('#')) {
    const file = resolved(specifier, from);
    return file === undefined ? undefined : {kind: 'file', path: file};
  }
  return {kind: 'package', name, version: packageNamed(name, from)?.version ?? 'absent'};
}

function isFile(file: string): boolean {
  return statSync(file, {throwIfNoEntry: false})?.isFile() === true;
}

function resolved(specifier: string, from: string): string | undefined {
  try {
    return createRequire(from).resolve(specifier);
  } catch {
    return undefined;
  }
}
