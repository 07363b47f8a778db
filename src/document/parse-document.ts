import {
  Composer,
  CST,
  isScalar,
  Lexer,
  Parser,
  YAMLParseError,
  type Document,
  type Node,
} from 'yaml';
import type {DiagnosticLog} from '../diagnostics/diagnostic.ts';
import type {SourceFile, Span} from '../diagnostics/span.ts';
import type {Located} from './located.ts';
import {clamp, Locator, maxDepth, reportDepth} from './locator.ts';

/**
 * YAML 1.2 text as located plain data, or `undefined` if there is none. Every mistake goes to the log, and an invalid
 * value becomes `unknown`. Never throws, whatever the text.
 * @param from the offset at which the YAML begins in the file's text
 * @param maxValues how many values the document may hold
 */
export function parseDocument(
  file: SourceFile,
  log: DiagnosticLog,
  from = 0,
  maxValues = 200_000,
): Located | undefined {
  const {document, tooDeep} = composed(file.text.slice(from));
  if (tooDeep !== undefined) {
    reportDepth(clamp({file, start: from + tooDeep, end: from + tooDeep + 1}), log);
    return undefined;
  }
  const whole = {file, start: from, end: file.text.length};
  const error = document.errors.toSorted((a, b) => a.pos[0] - b.pos[0])[0];
  if (error !== undefined) {
    const span = {file, start: from + error.pos[0], end: from + error.pos[1]};
    reportYamlError(error, clamp(span), log);
    return undefined;
  }
  const root: Node | null = document.contents;
  if (root === null || (isScalar(root) && root.source === '' && root.tag === undefined)) {
    log.error(
      'empty-file',
      {...whole, end: from},
      'The file contains only white space and comments.',
    );
    return undefined;
  }
  return new Locator(file, from, log, maxValues).value(root, 0);
}

/** The first document of a text, or the offset at which brackets are first nested too deeply. */
function composed(
  text: string,
):
  | {readonly document: Document.Parsed; readonly tooDeep?: undefined}
  | {readonly document?: undefined; readonly tooDeep: number} {
  const lexemes = [...new Lexer().lex(text)];
  // Looked for before composing, which is recursive: a megabyte of brackets would end the process.
  const tooDeep = firstTooDeep(lexemes);
  if (tooDeep !== undefined) return {tooDeep};
  const composer = new Composer({
    intAsBigInt: true, // Whole numbers that a double cannot represent are reported, not rounded.
    prettyErrors: false,
    uniqueKeys: false, // Its check takes quadratic time; `map` has our own.
    stringKeys: false,
  });
  const documents: Iterator<Document.Parsed, void> = composer.compose(
    tokensOf(lexemes),
    true,
    text.length,
  );
  const document = documents.next().value as Document.Parsed;
  const other = documents.next().value ?? undefined;
  if (other !== undefined) {
    const place: [number, number] = [other.range[0], other.range[1]];
    document.errors.push(new YAMLParseError(place, 'MULTIPLE_DOCS', ''));
  }
  return {document};
}

function* tokensOf(lexemes: readonly string[]): Generator<CST.Token> {
  const parser = new Parser();
  for (const lexeme of lexemes) yield* parser.next(lexeme);
  yield* parser.end();
}

function firstTooDeep(lexemes: readonly string[]): number | undefined {
  let depth = 0;
  let offset = 0;
  let isScalar = false;
  for (const lexeme of lexemes) {
    if (!isScalar && (lexeme === '[' || lexeme === '{')) depth++;
    if (!isScalar && (lexeme === ']' || lexeme === '}')) depth--;
    if (depth > maxDepth) return offset;
    isScalar = lexeme === CST.SCALAR;
    const isMark = isScalar || lexeme === CST.DOCUMENT || lexeme === CST.FLOW_END;
    if (!isMark) offset += lexeme.length;
  }
  return undefined;
}

interface YamlError {
  readonly code: string;
  readonly message: string;
}

function reportYamlError({code, message}: YamlError, span: Span, log: DiagnosticLog): void {
  if (code === 'MULTIPLE_DOCS') {
    log.error('multiple-documents', span, 'A file has one YAML document; another begins here.');
  } else if (code === 'RESOURCE_EXHAUSTION') {
    reportDepth(span, log);
  } else {
    const notes = missingQuotes(span).map((note) => ({message: note}));
    log.error('yaml-syntax', onText(span), `This is not YAML: ${sentence(message)}`, {notes});
  }
}

/** What to say if the mistake is a value of a pipeline that needs quotes, at most one sentence. */
function missingQuotes({file: {text}, start}: Span): readonly string[] {
  const before = text.slice(Math.max(0, start - 1), start + 1);
  if (/\$\{|\{$/.test(before) && text.includes('${')) {
    return ['A value with ${…} needs quotes: "${params.name}".'];
  }
  const [name] = /[\w./-]*$/.exec(text.slice(Math.max(0, start - 200), start))!;
  const [brackets] = /^\[[^\]\n]*\][\w.[\]*-]*/.exec(text.slice(start, start + 200)) ?? [];
  if (name === '' || brackets === undefined) return [];
  return [`A value with […] needs quotes within {…} and […]: '${name}${brackets}'.`];
}

function sentence(message: string): string {
  const firstLine = message.split('\n', 1)[0]!;
  const lower = firstLine.charAt(0).toLowerCase() + firstLine.slice(1);
  return /[.!?]$/.test(lower) ? lower : `${lower}.`;
}

/**
 * A document that ends too early is reported at the end of its text, not of the file; a mistake that begins in an empty
 * line, after that line.
 */
function onText({file, start, end}: Span): Span {
  const textEnd = file.text.trimEnd().length;
  if (start >= textEnd) return {file, start: textEnd, end: textEnd};
  const emptyLines = /(?:[ \t\r]*\n)+/y;
  emptyLines.lastIndex = file.text.lastIndexOf('\n', start - 1) + 1;
  const begin = emptyLines.test(file.text) ? Math.max(start, emptyLines.lastIndex) : start;
  return {file, start: begin, end: Math.max(begin, end)};
}
