import {pathToFileURL} from 'node:url';
import path from 'node:path';
import type {Finding, FindingNote} from './finding.ts';
import {wholeMessage} from './github-annotations.ts';

/** The program that found something, with the meanings of its codes. */
interface Finder {
  readonly name: string;
  readonly version: string;
  readonly meanings: Readonly<Record<string, string>>;
}

/**
 * Findings as a SARIF 2.1.0 log, which code scanners and editors read.
 * @param pathOf the path of a file: relative to the repository, or absolute
 * @param subject the file of findings that are in no text, which have no region: code scanners refuse results without a place
 */
export function sarifLog(
  findings: readonly Finding[],
  finder: Finder,
  pathOf: (file: string) => string,
  subject: string,
): object {
  const codes = [...new Set(findings.map(({code}) => code))].sort();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: finder.name,
            semanticVersion: finder.version,
            rules: codes.map((id) => ruleOf(id, finder)),
          },
        },
        columnKind: 'unicodeCodePoints',
        results: findings.map((finding) => ({
          ruleId: finding.code,
          ruleIndex: codes.indexOf(finding.code),
          level: finding.severity,
          message: {text: wholeMessage(finding)},
          locations:
            finding.file === undefined
              ? [{physicalLocation: physical(pathOf(subject))}]
              : locationsOf(finding, pathOf),
          relatedLocations: finding.notes.flatMap((note) =>
            locationsOf(note, pathOf).map((location) => ({
              ...location,
              message: {text: note.message},
            })),
          ),
        })),
      },
    ],
  };
}

function ruleOf(id: string, {meanings}: Finder): object {
  const meaning = meanings[id];
  return {id, ...(meaning !== undefined && {shortDescription: {text: meaning}})};
}

/** The place in a file; none for what is on the command line. */
function locationsOf(
  {file, line, column, endLine, endColumn}: Omit<FindingNote, 'message'>,
  pathOf: (file: string) => string,
): readonly object[] {
  if (file === undefined) return [];
  const region = {startLine: line, startColumn: column, endLine, endColumn};
  return [{physicalLocation: {...physical(pathOf(file)), region}}];
}

function physical(file: string): object {
  return {artifactLocation: {uri: uriOf(file)}};
}

function uriOf(file: string): string {
  if (path.isAbsolute(file)) return pathToFileURL(file).href;
  return file.split(path.sep).map(encodeURIComponent).join('/');
}
