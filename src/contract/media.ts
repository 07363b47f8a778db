/** The framing of an artifact's bytes, which the store checks before publishing. `bytes`: any. */
export type Container = (typeof containers)[number];

export const containers = ['arrow', 'safetensors', 'png', 'text', 'bytes'] as const;

/** The forms of text that can be checked. */
export const textForms = ['json', 'csv', 'svg'] as const;

/** A kind of artifact. Inputs and outputs connect only if their media are the same. */
export interface MediaDefinition {
  /** In kebab-case. Ports and pipelines refer to it. */
  readonly name: string;
  /** The extension of its files, without a dot. */
  readonly extension: string;
  readonly container: Container;
  /**
   * Floating-point numbers that must be finite, which the store checks: all of them, or those of some columns. Absent:
   * NaN may stand for missing values.
   */
  readonly finite?: 'all' | readonly string[];
  /** The form of a `text` beyond UTF-8, which is checked before a result is stored. Absent: any text. */
  readonly form?: (typeof textForms)[number];
  readonly summary: string;
}

/** Kinds of artifacts by name. An artifact is one file; an output may be a list of them. */
export type Media = ReadonlyMap<string, MediaDefinition>;

/** The media that every pipeline has. Contracts declare all others. */
export const commonMedia: Media = byName([
  {name: 'image', extension: 'png', container: 'png', summary: 'a picture'},
  {name: 'markdown', extension: 'md', container: 'text', summary: 'Markdown text'},
  {
    name: 'csv',
    extension: 'csv',
    container: 'text',
    form: 'csv',
    summary: 'comma-separated values',
  },
  {name: 'latex', extension: 'tex', container: 'text', summary: 'a LaTeX table'},
  {name: 'text', extension: 'txt', container: 'text', summary: 'plain text'},
  {name: 'json', extension: 'json', container: 'text', form: 'json', summary: 'JSON'},
  {name: 'svg', extension: 'svg', container: 'text', form: 'svg', summary: 'a drawing'},
  {name: 'file', extension: 'bin', container: 'bytes', summary: 'any file'},
]);

export function byName(definitions: Iterable<MediaDefinition>): Media {
  return new Map(Array.from(definitions, (definition) => [definition.name, definition]));
}

/** The pattern of names. */
export const mediaName = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** Whether two definitions demand the same of files. Summaries may differ. */
export function isSameMedia(a: MediaDefinition, b: MediaDefinition): boolean {
  const demands = ({name, extension, container, finite, form}: MediaDefinition): string =>
    JSON.stringify([name, extension, container, finite, form]);
  return demands(a) === demands(b);
}
