/**
 * The process that tries cases. Arguments: the attack, the prepared folder, a folder of its own, the seed, the first
 * and the last number.
 */
import {attacks} from './attack.ts';
import type {FromAttempt} from './guard.ts';

/** Memory of the process after which a new one takes over, so that accumulated memory is not counted against a case. */
const freshBytes = 600 * 2 ** 20;

const [name, prepared, scratch, seed, from, to] = process.argv.slice(2);
const attack = await attacks[name!]!();
const attempt = await attack.open(prepared!, Number(seed), scratch!);
send({kind: 'ready'});
for (let index = Number(from); index < Number(to); index++) {
  const outcome = await attempt(index, (step) => send({kind: 'step', index, step}));
  const peakBytes = 1024 * process.resourceUsage().maxRSS;
  send({kind: 'done', index, outcome, peakBytes});
  if (process.memoryUsage.rss() > freshBytes || peakBytes > 2 ** 30) break;
}
process.disconnect();
// Handles that a case has left open must not keep the process alive.
process.exit();

function send(message: FromAttempt): void {
  process.send!(message);
}
