/**
 * A cell that a spreadsheet takes for a formula and evaluates when the file is opened, by the list of OWASP's "CSV
 * Injection" (https://owasp.org/www-community/attacks/CSV_Injection); control characters and full-width forms are
 * included because some programs treat them alike. Apostrophes before it do not matter.
 */
const formula = /^'*[=+\-@\p{Cc}＝＋－＠]/u;

/**
 * Writes a text as a cell of CSV that spreadsheets show as text, as OWASP advises: an apostrophe comes first if it
 * could be a formula. Not for numbers: a negative one begins with a sign.
 */
export function csvText(text: string): string {
  const shown = formula.test(text) ? `'${text}` : text;
  // `parsePublishedScores` takes a line that begins with # for a comment, unless it is quoted.
  return /[",\r\n]|^#/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
}

/** Reads a text that `csvText` wrote, after the cell's quotes were removed. */
export function textOfCsv(cell: string): string {
  return cell.startsWith("'") && formula.test(cell) ? cell.slice(1) : cell;
}
