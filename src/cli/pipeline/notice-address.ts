/** Whether what is to be notified is an address; otherwise it is a command. */
export function isAddress(target: string): boolean {
  return /^https?:/i.test(target);
}
