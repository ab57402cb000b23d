import { type Clock, eraseBytes, type Scheduler } from '@pars/base';
import type { HybridKem, HybridKemPrivateKey } from '@pars/crypto';

/** Hands out ephemeral keys, each once, with one made ahead where there was time. */
export interface EphemeralKeys {
  /** A key that nobody else gets. */
  take(): Promise<HybridKemPrivateKey>;
  /** Makes the next key a moment later, so that the next dial need not. */
  prepare(): void;
}

/** A key that waited longer is thrown away: who reads the memory must not know keys of much later. */
const maxAgeMs = 60_000;
/** Lets the handshake that asked for it finish first. */
const prepareDelayMs = 5;

/** No key is made before the first is asked for. */
export function createEphemeralKeys(
  kem: HybridKem,
  deps: { readonly clock: Clock; readonly scheduler: Scheduler },
): EphemeralKeys {
  let ready: { readonly key: HybridKemPrivateKey; readonly madeAtMs: number } | undefined;
  let isPreparing = false;

  return {
    async take() {
      const taken = ready;
      ready = undefined;
      const isFresh = taken !== undefined && deps.clock.monotonicMs() - taken.madeAtMs <= maxAgeMs;
      return isFresh ? taken.key : makeKey();
    },
    prepare() {
      if (ready !== undefined || isPreparing) return;
      isPreparing = true;
      deps.scheduler.schedule(prepareDelayMs, () => void prepareNow());
    },
  };

  async function prepareNow(): Promise<void> {
    try {
      const key = await makeKey();
      ready = { key, madeAtMs: deps.clock.monotonicMs() };
    } finally {
      isPreparing = false;
    }
  }

  async function makeKey(): Promise<HybridKemPrivateKey> {
    const seed = kem.generateSeed();
    const key = await kem.privateKeyFromSeed(seed);
    eraseBytes(seed);
    return key;
  }
}
