import {parse} from 'yaml';
import {localId, type Entities, type Reference} from './entity.ts';
import {licenseOf} from './license.ts';

/** The fields of a Citation File Format 1.2.0 that a crate tells. */
export interface Citation {
  readonly title: string;
  readonly abstract: string;
  readonly license: string;
  readonly authors: readonly CitedAuthor[];
  readonly references: readonly {
    readonly title: string;
    readonly authors: readonly CitedAuthor[];
    readonly year: number;
    readonly url: string;
  }[];
}

type CitedAuthor =
  {readonly name: string} | {readonly 'given-names': string; readonly 'family-names': string};

/** Reads the text of this program's own CITATION.cff. */
export function parseCitation(text: string): Citation {
  return parse(text) as Citation;
}

/** Adds this program in the version that made a run, with its authors and the papers to cite. */
export function addSoftware(
  {title, abstract, license, authors, references}: Citation,
  version: string,
  entities: Entities,
): Reference {
  const papers = references.map((paper) =>
    entities.add({
      '@id': paper.url,
      '@type': 'ScholarlyArticle',
      name: paper.title,
      author: paper.authors.map((author) => addAuthor(author, entities)),
      datePublished: String(paper.year),
      url: paper.url,
    }),
  );
  return entities.add({
    '@id': localId(title),
    '@type': 'SoftwareApplication',
    name: title,
    description: abstract,
    softwareVersion: version,
    license: licenseOf(license, entities),
    author: authors.map((author) => addAuthor(author, entities)),
    citation: papers,
  });
}

function addAuthor(author: CitedAuthor, entities: Entities): Reference {
  if ('name' in author) {
    const {name} = author;
    return entities.add({'@id': localId('organization', name), '@type': 'Organization', name});
  }
  const {'given-names': givenName, 'family-names': familyName} = author;
  const name = `${givenName} ${familyName}`;
  return entities.add({
    '@id': localId('person', name),
    '@type': 'Person',
    name,
    givenName,
    familyName,
  });
}
