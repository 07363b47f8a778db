/**
 * A program that waits at a gate: `node gate-program.js GATE NAME [polite | deaf]`. When it is asked to end, a polite
 * one writes `outputs/out.txt` and exits with 0, and a deaf one continues.
 */
import {writeFileSync} from 'node:fs';
import {passGate} from './gate.ts';

const [gate, name, manner] = process.argv.slice(2);
const write = (): void => writeFileSync('outputs/out.txt', `${name} passed`);

if (manner === 'deaf') process.on('SIGTERM', () => undefined);
if (manner === 'polite') {
  process.on('SIGTERM', () => {
    write();
    process.exit(0);
  });
}
await passGate(gate!, name!, process.pid);
write();
