import {Painted} from '../../report/format/painted.ts';
import {progressText, verificationText} from '../../report/text/verify-text.ts';
import {checkJournals} from '../../journal/check-journals.ts';
import {repairStore} from '../../store/upkeep/repair-store.ts';
import {verifyStore} from '../../store/upkeep/verify-store.ts';
import {sameAgain} from '../command-line.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {knownMedia} from '../load-registry.ts';
import {maintainedStore} from '../named-run.ts';
import type {World} from '../world.ts';
import {writeJson} from '../write-json.ts';

export interface VerifyOptions {
  readonly store: string;
  readonly repair?: true;
  readonly json?: true;
}

/** `pipeline verify`: reads every byte of a store. Writes only with `--repair`. */
export async function verifyCommand(options: VerifyOptions, world: World): Promise<ExitCode> {
  const store = await maintainedStore(options.store, {writes: options.repair === true}, world);
  if (typeof store === 'number') return store;
  const meter = progressMeter(world);
  const verification = await verifyStore(store, await knownMedia(world), meter.show);
  meter.clear();
  const {findings} = verification;
  const repaired = options.repair === true ? await repairStore(store, findings) : undefined;
  if (options.json === true) {
    writeJson({...verification, journals: checkJournals(store), repaired}, world);
    return findings.length === 0 ? exitCodes.ok : exitCodes.storeUnusable;
  }
  const {commandLine} = world;
  const text = verificationText(verification, {
    store,
    journals: checkJournals(store),
    repair: sameAgain({...commandLine, words: [...commandLine.words, '--repair']}),
    ...(repaired === undefined ? {} : {repaired}),
  });
  world.stdout.write(text);
  return findings.length === 0 ? exitCodes.ok : exitCodes.storeUnusable;
}

/** Time from which on progress is shown. */
const patienceMs = 2000;
const redrawMs = 250;

const emptyLine = new Painted('\r\u001b[K');

/** A line on a terminal with the progress of reading. */
function progressMeter({stderr}: World): {
  readonly show: (doneBytes: number, totalBytes: number) => void;
  readonly clear: () => void;
} {
  const startMs = performance.now();
  let drawnMs: number | undefined;
  return {
    show: (doneBytes, totalBytes) => {
      const nowMs = performance.now();
      const dueMs = drawnMs === undefined ? startMs + patienceMs : drawnMs + redrawMs;
      if (!stderr.isTerminal || nowMs < dueMs) return;
      drawnMs = nowMs;
      stderr.write(emptyLine, progressText(doneBytes, totalBytes, nowMs - startMs));
    },
    clear: () => {
      if (drawnMs !== undefined) stderr.write(emptyLine);
    },
  };
}
