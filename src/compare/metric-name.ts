/** A number of a result, as people name it: `stage.output.column`, with brackets to choose instances. */
export interface MetricName {
  readonly text: string;
  /** A selector of instances. */
  readonly instances: string;
  readonly output: string;
  readonly column: string;
}

/** The pattern of the brackets that choose instances, with the quoted values in them. */
export const brackets = /\[(?:[^\]"]|"(?:[^"\\]|\\.)*")*\]/s.source;

/** A dot within brackets belongs to a value. */
const pattern = new RegExp(
  String.raw`^(?<instances>(?:[^.[]|${brackets})+)\.(?<output>[A-Za-z][\w-]*)\.(?<column>.+)$`,
  's',
);

/** Parses `stage.output.column`; `undefined`: the text has fewer parts, and may be the name of a column. */
export function parseMetricName(text: string): MetricName | undefined {
  const parts = pattern.exec(text)?.groups;
  if (parts === undefined) return undefined;
  const {instances = '', output = '', column = ''} = parts;
  return {text, instances, output, column};
}
