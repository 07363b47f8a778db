/** Whether an error came from the operating system with one of these codes, such as `ENOENT`. */
export function isErrno(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(error.code as string);
}

/** Whether an error came from the operating system at all: a full disk, a missing permission. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}

/** The reason of a system error, as the rest of a sentence; the system's own message if there is no plainer one. */
export function whyRefused(error: NodeJS.ErrnoException): string {
  return (error.code !== undefined && refusals[error.code]) || error.message;
}

const refusals: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'your share of the disk is full',
  ENOTDIR: 'there is a file in its place',
  EEXIST: 'there is a file in its place',
  EISDIR: 'there is a folder in its place',
  ENOTEMPTY: 'there is a folder with files in its place',
  ENOENT: 'the folder that it belongs in is not there',
  EADDRINUSE: 'another program uses it',
};
