import type {GivenOption, ImportedFile, ImportedText} from '../../src/contract/offers.ts';
import type {KnownOptions} from './known-options.ts';
import type {SetFiles} from './set-files.ts';

/** The parameters of a `download` stage. */
export function datasetOf({
  dataset,
  source,
  classes,
}: Pick<KnownOptions, 'dataset' | 'source' | 'classes'>): string {
  const chosen = classes?.includes(',')
    ? `[${classes.split(',').map(text).join(', ')}]`
    : classes && text(classes);
  return [
    `dataset: ${given('--dataset', dataset)}`,
    ...(source === undefined ? [] : [`source: ${given('--source', source)}`]),
    ...(chosen === undefined ? [] : [`classes: ${given('--classes', classes!, chosen)}`]),
  ].join(', ');
}

/** The stage `imported` of a set of another program. @param stepSize as it stands in the pipeline file; absent: the files' */
export function officialSet(
  {images, labels, stepSize: rates}: SetFiles,
  stepSize: string | number | undefined,
): string {
  const references = (files: readonly ImportedFile[]): readonly string[] =>
    files.map(({reference}) => reference);
  const inputs = [
    list('images', references(images)),
    ...(labels.length === 0 ? [] : [list('labels', references(labels))]),
    ...references(rates).map((file) => `      stepSize: ${text(file)}`),
  ];
  return `  # The synthetic set, as the official program saved it.
  imported:
    uses: import-synthetic
    inputs:
      dataset: images.dataset
      transform: images.transform
${inputs.join('\n')}
${stepSize === undefined ? '' : `    with: {stepSize: ${stepSize}}\n`}`;
}

/** An input that takes several files. */
export function list(input: string, files: readonly string[]): string {
  return [`      ${input}:`, ...files.map((file) => `        - ${text(file)}`)].join('\n');
}

/** A text in YAML, which accepts JSON's syntax. */
export function text(value: string): string {
  return JSON.stringify(value);
}

/** Stands around what is given by options until `placed` has taken it out: no argument of a program contains it. */
const mark = '\0';

/** The value of an option, for `placed`. @param written as it stands in the pipeline file */
export function given(flag: string, value: string | number, written = text(String(value))): string {
  return [mark, `${flag} ${value}`, mark, written, mark].join('');
}

/** A text without its marks, and what stood between them. */
export function placed(marked: string): ImportedText {
  const options: GivenOption[] = [];
  let whole = '';
  const pieces = marked.split(mark);
  for (let i = 0; i < pieces.length; i += 3) {
    const [plain = '', argument, written = ''] = pieces.slice(i, i + 3);
    whole += plain;
    if (argument === undefined) break;
    options.push({argument, start: whole.length, end: whole.length + written.length});
    whole += written;
  }
  return {text: whole, given: options};
}
