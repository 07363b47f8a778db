/** Files that some systems add to folders and archives by themselves. */
const litter = /(^|\/)(__MACOSX\/|\._|\.DS_Store$|Thumbs\.db$|Icon\r$)/;

/** Whether a file is a trace of the system that made a folder or an archive rather than content. */
export function isLitter(path: string): boolean {
  return litter.test(path);
}
