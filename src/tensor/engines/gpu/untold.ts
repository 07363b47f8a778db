/**
 * The reason why the only card that an interface lists is not used: its driver does not tell which of the machine's it is.
 * @param pciAddress the address of the card that may be used. Absent: unknown
 * @param instead an engine that may tell
 */
export function untold(
  lister: string,
  name: string,
  {pciAddress, instead}: {readonly pciAddress: string | undefined; readonly instead: string},
): string {
  const wanted = pciAddress === undefined ? 'the one that is held' : `the one at ${pciAddress}`;
  return `${lister} lists ${name} without a PCI address, so it may be another GPU of this machine than ${wanted}. Install a newer driver, or use --engine ${instead}.`;
}
