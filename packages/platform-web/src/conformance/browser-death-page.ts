// Runs inside a Chromium that is going to be killed, and in the one after it.
import { checkBatches, writeBatchesForEver } from './batch-writer.ts';

const NAME = 'pars-death';

const page = Object.assign(globalThis, {
  parsSafeRound: 0,
  /** Resolves when so many rounds are safe; writing goes on. */
  parsWrite: (rounds: number) =>
    new Promise<void>((resolve, reject) => {
      writeBatchesForEver(NAME, (round) => {
        page.parsSafeRound = round;
        if (round === rounds) resolve();
      }).catch(reject);
    }),
  parsCheck: (safe: number) => checkBatches(NAME, safe),
});
