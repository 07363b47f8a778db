import path from 'node:path';
import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import {argumentSpan, type SourceFile} from '../../diagnostics/span.ts';
import {parseDocument} from '../../document/parse-document.ts';
import {readSource} from '../../document/read-source.ts';
import type {Cluster} from '../cluster.ts';
import {findProfile, type ProfilePlace} from './find-profile.ts';
import {parseProfile} from './parse-profile.ts';

/** A cluster, and the text of its profile. */
export interface ReadProfile {
  readonly cluster: Cluster;
  readonly source: SourceFile;
}

/**
 * The cluster that `--on` names: finds its profile, reads and parses it. `undefined`: there is none, or it has mistakes, all
 * of which were reported.
 */
export async function readProfile(
  name: string,
  place: ProfilePlace,
  log: DiagnosticLog,
): Promise<ReadProfile | undefined> {
  const file = findProfile(name, place, log);
  if (file === undefined) return undefined;
  const source = await readSource(file, argumentSpan(name), log);
  const cluster = source && profileIn(source, place, log);
  return cluster && {cluster, source};
}

/** The cluster that the text of a profile describes. `undefined`: it has mistakes, all of which were reported. */
export function profileIn(
  source: SourceFile,
  {cwd}: Pick<ProfilePlace, 'cwd'>,
  log: DiagnosticLog,
): Cluster | undefined {
  const root = parseDocument(source, log);
  if (root === undefined) return undefined;
  const file = path.resolve(cwd, source.name);
  const name = path.basename(source.name, path.extname(source.name));
  return parseProfile({name, file, root}, log);
}
