import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {repositoryFile} from '../texts/repository.ts';

/** A page of the documentation. */
export interface Page {
  /** Its path from the root of the project. */
  readonly file: string;
  readonly text: string;
}

/**
 * All pages for people, including generated ones, except the changelog, which also describes things that no longer
 * exist.
 */
export function readPages(): readonly Page[] {
  const below = readdirSync(repositoryFile('docs'), {recursive: true, encoding: 'utf8'})
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join('docs', name))
    .sort();
  const files = [
    'README.md',
    'ARCHITECTURE.md',
    'CONTRIBUTING.md',
    'artifacts/README.md',
    ...below,
  ];
  return files.map((file) => ({file, text: readFileSync(repositoryFile(file), 'utf8')}));
}

/** Pages for users, which contain commands and pipelines to type. */
export function readUserPages(): readonly Page[] {
  return readPages().filter(
    ({file}) =>
      file === 'README.md' || (path.dirname(file) === 'docs' && file !== 'docs/decisions.md'),
  );
}
