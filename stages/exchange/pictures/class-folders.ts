/** How a class is called where its pictures lie. */
export interface ClassFolder {
  /** The name of its folder: it differs from all others, also where upper and lower case are the same. */
  readonly folder: string;
  /** Its name in tables: its own name, or its folder's if it has none, or shares it. */
  readonly title: string;
}

/**
 * Folders of classes: the number of the class, counted from 0, then its name as far as file systems take it: `03-cat`. By
 * their numbers folders differ whatever the names are, and stand in the order of the classes.
 */
export function classFolders(classes: readonly string[]): readonly ClassFolder[] {
  const digits = String(classes.length - 1).length;
  return classes.map((name, label) => {
    const number = String(label).padStart(digits, '0');
    const plain = plainName(name);
    const isTold = plain === '' || plain === String(label) || namesSplit.test(plain);
    const folder = isTold ? number : `${number}-${plain}`;
    const isClear = name !== '' && classes.filter((other) => other === name).length === 1;
    return {folder, title: isClear ? name : folder};
  });
}

/** Programs that read folders of pictures take folders with such a word for a split of the data set. */
const namesSplit =
  /(?<![a-z])(train|training|test|testing|val|valid|validation|dev|eval|evaluation)(?![a-z])/i;

/** Of letters, digits and signs that no file system takes for something else. A file's name has at most 255 bytes. */
function plainName(name: string): string {
  const plain = name.normalize('NFC').replaceAll(/[^\p{L}\p{M}\p{N}._-]+/gu, '_');
  const short = Array.from(plain).slice(0, 50).join('');
  return short.replaceAll(/^[._-]+|[._-]+$/g, '');
}
