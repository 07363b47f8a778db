import assert from 'node:assert/strict';
import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {repositoryFile} from './support/repository.ts';

const texts = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'artifacts/README.md'];

test('every file of the project that its texts name is there', () => {
  const named = texts.flatMap((text) => namedIn(text).map((file) => `${text} names ${file}`));
  assert.ok(named.length > 50, `only ${named.length} were found`);
  const lost = named.filter((line) => !existsSync(repositoryFile(line.split(' names ')[1]!)));
  assert.deepEqual(lost, []);
});

/** Paths in code that begin with a folder of the sources, and the targets of links, relative to the project. */
function namedIn(text: string): readonly string[] {
  const markdown = readFileSync(repositoryFile(text), 'utf8');
  const code = /`((?:src|stages|test|bench|scripts|pipelines|schemas)\/[\w./-]*)`/g;
  const link = /\]\((?!https?:|#)([^)#]+)/g;
  return [
    ...Array.from(markdown.matchAll(code), ([, file]) => file!),
    ...Array.from(markdown.matchAll(link), ([, file]) => path.join(path.dirname(text), file!)),
  ];
}
