/**
 * A cell that a spreadsheet takes for a formula and works out when the file is opened, by what OWASP's "CSV Injection" lists
 * (https://owasp.org/www-community/attacks/CSV_Injection) and, since some programs read them alike, all controls and
 * full-width forms; or such a cell behind apostrophes.
 */
const formula = /^'*[=+\-@\p{Cc}＝＋－＠]/u;

/**
 * A text as a cell of CSV that spreadsheets show as text, as OWASP advises: behind an apostrophe where it could be a
 * formula. Numbers are none of its business: a negative one begins with a sign.
 */
export function csvText(text: string): string {
  const shown = formula.test(text) ? `'${text}` : text;
  // A line that begins with # is a comment to `parsePublishedScores`, unless it is quoted.
  return /[",\r\n]|^#/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
}

/** The text that `csvText` wrote, of a cell whose quotes have been taken off. */
export function textOfCsv(cell: string): string {
  return cell.startsWith("'") && formula.test(cell) ? cell.slice(1) : cell;
}
