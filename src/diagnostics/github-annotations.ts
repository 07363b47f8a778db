import type {Finding} from './finding.ts';

/**
 * Findings as workflow commands of GitHub Actions, one line each, which GitHub shows beside the lines of the files.
 * @param pathOf the path of a file as GitHub wants it: relative to the repository
 */
export function githubAnnotations(
  findings: readonly Finding[],
  pathOf: (file: string) => string,
): string {
  return findings.map((finding) => `${annotation(finding, pathOf)}\n`).join('');
}

function annotation(finding: Finding, pathOf: (file: string) => string): string {
  const {file, line, column, endLine, endColumn, code, severity} = finding;
  const properties: readonly (readonly [string, string | number | undefined])[] = [
    ['file', file === undefined ? undefined : pathOf(file)],
    ...(file === undefined
      ? []
      : ([
          ['line', line],
          ['endLine', endLine],
          // GitHub accepts columns only for places on a single line.
          ...(line === endLine
            ? ([
                ['col', column],
                ['endColumn', endColumn],
              ] as const)
            : []),
        ] as const)),
    ['title', code],
  ];
  const shown = properties.flatMap(([name, value]) =>
    value === undefined ? [] : `${name}=${escapedProperty(String(value))}`,
  );
  return `::${severity} ${shown.join(',')}::${escaped(wholeMessage(finding))}`;
}

/** A finding in one text: its sentence, its notes and its suggestion. */
export function wholeMessage({message, notes, suggestion, argument}: Finding): string {
  const about = argument === undefined ? '' : ` (in \`${argument}\` on the command line)`;
  // A suggestion of several words is quoted in itself.
  const quoted = suggestion?.includes('`') === true ? suggestion : `\`${suggestion}\``;
  const meant = suggestion === undefined ? [] : [`Did you mean ${quoted}?`];
  return [`${message}${about}`, ...notes.map((note) => note.message), ...meant].join('\n');
}

/** GitHub ends a message at a line feed, and reads `%` as the start of an escape. */
function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** In a property `:` and `,` separate as well. */
function escapedProperty(text: string): string {
  return escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
