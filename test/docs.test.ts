import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {readPages, type Page} from './support/rigs/pages.ts';
import {repositoryFile} from './support/texts/repository.ts';

const pages = readPages();

test('every file of the project that its pages name is there', () => {
  const named = pages.flatMap((page) => filesIn(page).map((file) => `${page.file} names ${file}`));
  assert.ok(named.length > 150, `only ${named.length} were found`);
  const lost = named.filter((line) => !existsSync(repositoryFile(line.split(' names ')[1]!)));
  assert.deepEqual(lost, []);
});

/**
 * Gives the paths in a page's code that begin with a folder of the sources, and the targets of its links, relative to
 * the project.
 */
function filesIn({file, text}: Page): readonly string[] {
  const code = /`((?:src|stages|test|bench|scripts|pipelines|schemas)\/[\w./-]*)`/g;
  const link = /\]\((?!https?:|#)([^)#\s]+)/g;
  const picture = /(?:src|srcset)="([^"]+)"/g;
  const fromPage = [...text.matchAll(link), ...text.matchAll(picture)];
  return [
    ...Array.from(text.matchAll(code), ([, name]) => name!),
    ...fromPage.map(([, name]) => path.join(path.dirname(file), name!)),
  ];
}

test('every link to a heading leads to one', () => {
  const links = pages.flatMap(({file, text}) =>
    Array.from(text.matchAll(/\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)/g), ([, name, anchor]) => ({
      from: file,
      to: name === '' ? file : path.join(path.dirname(file), name!),
      anchor: anchor!,
    })),
  );
  assert.ok(links.length > 20, `only ${links.length} were found`);
  const anchors = new Map(pages.map(({file, text}) => [file, anchorsOf(text)]));
  const lost = links.filter(({to, anchor}) => anchors.get(to)?.has(anchor) !== true);
  assert.deepEqual(lost, []);
});

/** Gives the anchors that GitHub makes of headings: in lower case, with hyphens for spaces, without punctuation. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = text.replaceAll(/^```.*?^```/gms, '').matchAll(/^#+ (.+)$/gm);
  return new Set(
    Array.from(headings, ([, title]) =>
      title!
        .toLowerCase()
        .replaceAll(/[^\p{Letter}\p{Number}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

const maxBytes = (file: string): number | undefined => {
  if (file === 'README.md') return 10_240;
  if (file === 'ARCHITECTURE.md' || file === 'docs/decisions.md') return 12_288;
  // Generated pages are as long as what they show.
  const isGenerated = file.startsWith('docs/reference/') || file === 'docs/evidence.md';
  return isGenerated ? undefined : 10_240;
};

test('no page is too long to be read at once', () => {
  const long = pages
    .map(({file, text}) => ({file, bytes: Buffer.byteLength(text), max: maxBytes(file)}))
    .filter(({bytes, max}) => max !== undefined && bytes > max);
  assert.deepEqual(long, []);
});

test('every page can be reached from the README', () => {
  const reached = new Set(['README.md']);
  for (const file of reached) {
    const page = pages.find((candidate) => candidate.file === file);
    for (const target of page === undefined ? [] : filesIn(page)) reached.add(target);
  }
  const lost = pages.map(({file}) => file).filter((file) => !reached.has(file));
  assert.deepEqual(lost, []);
});
