import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { ok, ParsError } from '@pars/base';
import { ERASABLE_SECRET_BYTES } from '@pars/vault';
import { type KeptSecret, keeperErr, requireSecretLength } from './kept-secret.ts';

/** First index that belongs to a TPM's owner (TCG Registry of Reserved TPM 2.0 Handles §2.2). */
export const FIRST_TPM_INDEX = 0x01800000;
/** Last one. */
export const LAST_TPM_INDEX = 0x01bfffff;

/**
 * E in the non-volatile memory of a TPM 2.0, under an index of its owner,
 * through the programs of tpm2-tools: what was overwritten there is gone.
 * Everything that runs as the owner with access to the TPM can read it. Such a
 * memory bears about 100,000 writes, one for every unlock.
 */
export function openTpmSecret(index: number): KeptSecret {
  if (!Number.isInteger(index) || index < FIRST_TPM_INDEX || index > LAST_TPM_INDEX) {
    throw new ParsError('base/argument', { what: 'TPM index' });
  }
  const place = `0x${index.toString(16).padStart(8, '0')}`;
  const length = String(ERASABLE_SECRET_BYTES);

  async function store(value: Uint8Array): Promise<boolean> {
    const write = ['-C', place, '-i', '-', place];
    if ((await run('tpm2_nvwrite', write, value)) !== undefined) return true;
    // Its own value authorises it, which is empty; no lock-out by wrong guesses.
    const define = ['-C', 'o', '-s', length, '-a', 'authread|authwrite|no_da', place];
    if ((await run('tpm2_nvdefine', define)) === undefined) return false;
    return (await run('tpm2_nvwrite', write, value)) !== undefined;
  }

  return {
    isHiddenFromDisk: false,
    async read() {
      const value = await run('tpm2_nvread', ['-C', place, '-s', length, place]);
      if (value === undefined) return keeperErr('secret-keeper/unavailable');
      if (value.length !== ERASABLE_SECRET_BYTES) return keeperErr('secret-keeper/nothing-there');
      return ok(value);
    },
    async write(value) {
      requireSecretLength(value);
      return (await store(value)) ? ok(undefined) : keeperErr('secret-keeper/unavailable');
    },
    async destroy() {
      const isGone =
        (await store(randomBytes(ERASABLE_SECRET_BYTES))) &&
        (await run('tpm2_nvundefine', ['-C', 'o', place])) !== undefined;
      return isGone ? ok(undefined) : keeperErr('secret-keeper/unavailable');
    },
  };
}

/**
 * An index that nothing in the TPM has, or `undefined` where no TPM answers or
 * tpm2-tools are missing. `draw` gives a whole number from 0 up to and without
 * its argument: two programs that look at once should not find the same.
 */
export async function findFreeTpmIndex(
  draw: (below: number) => number,
): Promise<number | undefined> {
  const listed = await run('tpm2_getcap', ['handles-nv-index']);
  if (listed === undefined) return undefined;
  const text = new TextDecoder().decode(listed);
  const taken = new Set([...text.matchAll(/0x([\da-fA-F]{1,8})\b/g)].map(([hex]) => Number(hex)));
  const count = LAST_TPM_INDEX - FIRST_TPM_INDEX + 1;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const index = FIRST_TPM_INDEX + draw(count);
    if (!taken.has(index)) return index;
  }
  return undefined;
}

/** A TPM has room for some dozens of indices, out of four million numbers. */
const ATTEMPTS = 16;

/** Left to themselves, the tools also try a port of 127.0.0.1, where any user could play the TPM. */
const TPM_DEVICE = 'device:/dev/tpmrm0';

/** A TPM that somebody else uses answers late. */
const LIMIT_MS = 20_000;

/** What the program printed, or `undefined` when it is absent, failed or took too long. */
function run(
  program: string,
  args: readonly string[],
  input?: Uint8Array,
): Promise<Uint8Array | undefined> {
  const { PATH, TPM2TOOLS_TCTI } = process.env;
  return new Promise((resolve) => {
    const child = execFile(
      program,
      args,
      {
        env: { PATH, LC_ALL: 'C', TPM2TOOLS_TCTI: TPM2TOOLS_TCTI ?? TPM_DEVICE },
        encoding: 'buffer',
        maxBuffer: 64 * 1024,
        timeout: LIMIT_MS,
        shell: false,
      },
      (error, stdout) => resolve(error === null ? new Uint8Array(stdout) : undefined),
    );
    // It may end before it has read everything; that is its exit code's matter.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}
