/** The framing of an artifact's bytes, which the store checks before publishing. `bytes`: any. */
export type Container = 'arrow' | 'safetensors' | 'png' | 'text' | 'bytes';

/** A kind of artifact. Inputs and outputs connect only if their media are the same. */
export interface Media {
  readonly extension: string;
  readonly container: Container;
  /**
   * Floating-point numbers that must be finite, which the store checks: all of them, or those of some columns. Absent:
   * NaN may stand for missing values.
   */
  readonly finite?: 'all' | readonly string[];
  readonly summary: string;
}

/** The kinds of artifacts. An artifact is one file; an output may be a list of them. */
export const media = {
  dataset: {
    extension: 'arrow',
    container: 'arrow',
    finite: 'all',
    summary: 'labelled images, train and test split',
  },
  transform: {
    extension: 'safetensors',
    container: 'safetensors',
    finite: 'all',
    summary: 'the whitening or normalisation of a data set, and its inverse',
  },
  trajectory: {
    extension: 'safetensors',
    container: 'safetensors',
    finite: 'all',
    summary: "one expert's parameters at initialisation and after every epoch",
  },
  buffer: {
    extension: 'safetensors',
    container: 'safetensors',
    finite: 'all',
    summary: 'a shard of trajectories',
  },
  synthetic: {
    extension: 'safetensors',
    container: 'safetensors',
    finite: 'all',
    summary: 'a synthetic set: pixels, labels, learned step size and transform',
  },
  metrics: {extension: 'arrow', container: 'arrow', summary: 'numbers over epochs or iterations'},
  histograms: {
    extension: 'arrow',
    container: 'arrow',
    summary: 'histograms of pixel values at each snapshot, one row per histogram',
  },
  pictures: {
    extension: 'arrow',
    container: 'arrow',
    summary: 'PNG grids of the images at each snapshot, one row per grid',
  },
  scores: {
    extension: 'arrow',
    container: 'arrow',
    // A network that diverged has no finite loss, but still an accuracy, that of guessing.
    finite: ['accuracy'],
    summary: 'test accuracies, one row per trial',
  },
  table: {extension: 'arrow', container: 'arrow', summary: 'a finished table, one row per cell'},
  image: {extension: 'png', container: 'png', summary: 'a picture'},
  markdown: {extension: 'md', container: 'text', summary: 'Markdown text'},
  csv: {extension: 'csv', container: 'text', summary: 'comma-separated values'},
  latex: {extension: 'tex', container: 'text', summary: 'a LaTeX table'},
  text: {extension: 'txt', container: 'text', summary: 'plain text'},
  json: {extension: 'json', container: 'text', summary: 'JSON'},
  svg: {extension: 'svg', container: 'text', summary: 'a drawing'},
  file: {extension: 'bin', container: 'bytes', summary: 'any file'},
} as const satisfies Record<string, Media>;

export type MediaName = keyof typeof media;
