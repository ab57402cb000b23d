import { createHash } from 'node:crypto';
import { expose, redact, type Scheduler } from '@pars/base';
import { FIRST_NETWORK } from '@pars/node';
import { type FileVaultPlaceDeps, openFileVaultPlace } from '@pars/platform-node';
import { TICK_MS } from '@pars/vault';
import { createSizedVaults } from '@pars/vault/fakes';
import { runDaemon } from '../src/daemon-process.ts';

/**
 * `parsd` with a vault of an eighth of tier S, a clock that ticks every 200 ms
 * (`PARS_FIXTURE_TICK_MS`), no deadline and a password hash that costs nothing; with
 * `PARS_FIXTURE_PUZZLE_BITS` in a network where postage costs less than in the first.
 * All else is what people run.
 */
const tickMs = Number(process.env['PARS_FIXTURE_TICK_MS'] ?? 200);
const puzzleBits = Number(process.env['PARS_FIXTURE_PUZZLE_BITS'] ?? FIRST_NETWORK.puzzleBits);
const makers = createSizedVaults({ windows: 128, pageBytes: 4096 });

process.umask(0o077);
process.exit(
  await runDaemon(process.argv.slice(2), {
    openVaultPlace: (deps, { folder }) =>
      openFileVaultPlace(
        { ...deps, suite: withCheapPasswords(deps), scheduler: hurried(deps.scheduler) },
        { folder, makers },
      ),
    parcelNetwork: { ...FIRST_NETWORK, puzzleBits },
  }),
);

function withCheapPasswords({ suite }: FileVaultPlaceDeps): FileVaultPlaceDeps['suite'] {
  return {
    symmetric: suite.symmetric,
    password: {
      derive: async (password, salt) =>
        redact(
          new Uint8Array(createHash('sha3-256').update(expose(password)).update(salt).digest()),
        ),
    },
  };
}

function hurried(scheduler: Scheduler): Scheduler {
  return {
    schedule: (delayMs, work) => scheduler.schedule(delayMs === TICK_MS ? tickMs : delayMs, work),
    sleep: (_, signal) => scheduler.sleep(0, signal),
  };
}
