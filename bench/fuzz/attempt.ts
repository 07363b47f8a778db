/** The process that tries cases. Arguments: the attack, what was prepared, a folder of its own, the seed, the numbers from and to. */
import {attacks} from './attack.ts';
import type {FromAttempt} from './guard.ts';

/** What a process may take before another one goes on, so that what it has gathered is held against no case. */
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
// What a case has left behind keeps nobody waiting.
process.exit();

function send(message: FromAttempt): void {
  process.send!(message);
}
