/**
 * Takes the two signals by which batch systems may announce an end, and does nothing: TERM is what stops a run. Without a
 * listener USR2 would end the process, and at USR1 Node.js would open its debugger to every user of the machine.
 */
export function ignoreBatchSignals(process: NodeJS.Process): void {
  for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) process.on(signal, () => undefined);
}
