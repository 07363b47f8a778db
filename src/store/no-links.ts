/**
 * What is wrong with a store on a file system without hard links, and what to do.
 * @param subject the start of the sentence, such as `The store's file system has`
 * @param where where to name another store, such as `--store`
 */
export function noLinksText(
  {subject, why, who}: {readonly subject: string; readonly why: string; readonly who: string},
  where: string,
): string {
  return (
    `${subject} (${why}), without which two ${who} could publish one result at a time. ` +
    `Put the store on a file system that has them, such as NFS, Lustre, GPFS, ext4 or XFS, by ${where}; FAT, mounted object stores and some mounts by SSH have none.`
  );
}
