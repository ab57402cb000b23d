import {
  createCipheriv,
  createDecipheriv,
  createHash,
  hash as hashOnce,
  hkdfSync,
} from 'node:crypto';
import { expose, type Random, type Redacted, redact, unwrap, utf8ToBytes } from '@pars/base';
import {
  createSimulationRandom,
  createVirtualTime,
  type SimulationRandom,
  type VirtualTime,
} from '@pars/base/fakes';
import type { Suite } from '@pars/crypto';
import type { OpenContainer, OpenVolume } from './container.ts';
import { createContainer } from './create-container.ts';
import {
  createMemoryMedia,
  createMemorySecret,
  type MemoryMedia,
  type MemorySecret,
} from './fakes/index.ts';
import { type Geometry, sizeOf } from './geometry.ts';
import type { NewPasswords } from './new-passwords.ts';
import { type UnlockedContainer, unlockContainer } from './unlock-container.ts';
import type { VaultDeps } from './vault.ts';

/** A container small enough for thousands of cases: 8 windows of 64 cells with pages of 512 bytes. */
export const SMALL: Geometry = { windows: 8, pageBytes: 512, passwordProfile: 'phone' };

/** OpenSSL's primitives and a password hash that costs nothing: the vault's own work is what the tests are about. */
export const FAST_SUITE: Pick<Suite, 'symmetric' | 'password'> = {
  symmetric: {
    sha3(...parts) {
      if (parts.length === 1 && parts[0] !== undefined)
        return new Uint8Array(hashOnce('sha3-256', parts[0], 'buffer'));
      const running = createHash('sha3-256');
      for (const part of parts) running.update(part);
      return new Uint8Array(running.digest());
    },
    hkdf: (ikm, salt, info, length) => new Uint8Array(hkdfSync('sha512', ikm, salt, info, length)),
    gcmSeal(key, nonce, plaintext, aad) {
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      if (aad.length > 0) cipher.setAAD(aad);
      const sealed = new Uint8Array(plaintext.length + 16);
      sealed.set(cipher.update(plaintext));
      cipher.final();
      sealed.set(cipher.getAuthTag(), plaintext.length);
      return sealed;
    },
    gcmOpen(key, nonce, sealed, aad) {
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
      if (aad.length > 0) decipher.setAAD(aad);
      decipher.setAuthTag(sealed.subarray(sealed.length - 16));
      const opened = new Uint8Array(decipher.update(sealed.subarray(0, sealed.length - 16)));
      try {
        decipher.final();
        return opened;
      } catch {
        return undefined;
      }
    },
  },
  password: {
    async derive(password, salt) {
      return redact(new Uint8Array(hkdfSync('sha512', expose(password), salt, 'test', 32)));
    },
  },
};

export const PASSWORDS: Required<NewPasswords> = {
  decoy: password('decoy'),
  hidden: password('hidden'),
  duress: password('duress'),
};

export function password(text: string): Redacted<Uint8Array> {
  return redact(utf8ToBytes(text));
}

/** A vault's surroundings, all from one seed. */
export interface World {
  readonly deps: VaultDeps & { readonly media: MemoryMedia; readonly secret: MemorySecret };
  readonly geometry: Geometry;
  readonly random: SimulationRandom;
  readonly time: VirtualTime;
}

export async function createWorld(
  seed: string,
  passwords: NewPasswords = PASSWORDS,
  options: {
    readonly geometry?: Geometry;
    readonly isHiddenFromDisk?: boolean;
    /** In place of the seeded generator: what the vault itself draws. */
    readonly random?: Random;
  } = {},
): Promise<World> {
  const geometry = options.geometry ?? SMALL;
  const random = createSimulationRandom(seed);
  const time = createVirtualTime();
  const deps = {
    suite: FAST_SUITE,
    random: options.random ?? random.fork('vault'),
    media: createMemoryMedia({ sizeBytes: sizeOf(geometry), random: random.fork('crash') }),
    secret: createMemorySecret({ isHiddenFromDisk: options.isHiddenFromDisk ?? true }),
    clock: time.clock,
    scheduler: time.scheduler,
  };
  unwrap(await createContainer(deps, geometry, passwords));
  return { deps, geometry, random: random.fork('test'), time };
}

/** Pages by number: what a volume should hold. */
export type Model = Map<number, string>;

/** Unlocks without a session: the tests flush themselves. */
export async function unlockWorld(
  world: World,
  text: 'decoy' | 'hidden' | 'duress',
): Promise<UnlockedContainer & { readonly pages: readonly [Model, Model] }> {
  const pages: readonly [Model, Model] = [new Map(), new Map()];
  const answer = unlockContainer(world.deps, world.geometry, {
    password: password(text),
    onPage: (volume, page, content) => pages[volume].set(page, textOf(content)),
  });
  return { ...unwrap(await inTime(world, answer)), pages };
}

/** Lets virtual time pass until a promise is settled. */
export async function inTime<T>(world: World, promise: Promise<T>): Promise<T> {
  let isSettled = false;
  void promise.then(
    () => (isSettled = true),
    () => (isSettled = true),
  );
  while (!isSettled) {
    await new Promise((resolve) => setImmediate(resolve));
    if (!isSettled) await world.time.advance(250);
  }
  return promise;
}

export function pageOf(geometry: Geometry, text: string): Uint8Array {
  const page = new Uint8Array(geometry.pageBytes);
  page.set(utf8ToBytes(text));
  return page;
}

export function textOf(page: Uint8Array): string {
  return new TextDecoder().decode(page.subarray(0, page.indexOf(0)));
}

/** A transaction of texts; `undefined` removes the page. */
export function write(
  container: OpenContainer,
  volume: 0 | 1,
  writes: ReadonlyMap<number, string | undefined>,
): number {
  const { writer } = container.volumes[volume] as OpenVolume;
  return writer.take(
    new Map(
      [...writes].map(([page, text]) => [
        page,
        text === undefined ? undefined : pageOf(container.geometry, text),
      ]),
    ),
  );
}
