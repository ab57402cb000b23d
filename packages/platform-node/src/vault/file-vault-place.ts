import { statfs } from 'node:fs/promises';
import {
  type ClockDep,
  err,
  type Failure,
  ok,
  ParsError,
  type RandomDep,
  type Result,
  type SchedulerDep,
} from '@pars/base';
import {
  type ErasableSecret,
  type Media,
  type NewPlacedVault,
  type PanicOutcome,
  type PasswordChange,
  type PasswordsChanged,
  panicVault,
  type Tier,
  type UnlockRequest,
  type Vault,
  type VaultDeps,
  type VaultFailureCode,
  type VaultMoved,
  type VaultPlace,
  type VaultPlaceInfo,
} from '@pars/vault';
import { flushFolder } from '../ports/flush-folder.ts';
import { storageErrorFrom } from '../ports/storage-failure.ts';
import { createFileMedia, type FileMedia, openFileMedia } from './file-media.ts';
import { openFileSecret } from './file-secret.ts';
import { chooseKeeper, openKeeper } from './keeper-choice.ts';
import type { KeeperNote } from './keeper-note.ts';
import type { KeptSecret } from './kept-secret.ts';
import { settleVaultFiles } from './settle-vault-files.ts';
import {
  isThere,
  lookAtFile,
  markFile,
  readKeeperNote,
  removeFiles,
  renameForGood,
  type VaultFiles,
  vaultFilesIn,
  wipeFile,
  writeKeeperNote,
} from './vault-files.ts';
import { tierMakers, type VaultMakers } from './vault-makers.ts';

/** What the place of a vault is made of. */
export interface FileVaultPlaceDeps extends RandomDep, ClockDep, SchedulerDep {
  readonly suite: VaultDeps['suite'];
}

/** Where it is. */
export interface FileVaultPlaceOptions {
  /** A private folder that this process alone uses: the data folder, its lock taken. */
  readonly folder: string;
  /** Only tests have others than the tiers. */
  readonly makers?: VaultMakers;
}

/** A vault in files of one folder. */
export interface FileVaultPlace extends VaultPlace {
  /**
   * A panic with everything began, before this process or in it, and its owner
   * did not call `endPanic` yet: the vault is gone, the rest may not be.
   */
  isPanicUnfinished(): Promise<boolean>;
  /** Everything else is gone, too: takes away the mark of the panic. */
  endPanic(): Promise<void>;
}

/**
 * The vault of a data folder (PIP-3000 §9.3, §11). Finishes or takes back first
 * what a crash interrupted: a creation, a move, a panic with everything. Throws
 * `base/storage-failed` when the folder cannot be read.
 */
export async function openFileVaultPlace(
  deps: FileVaultPlaceDeps,
  options: FileVaultPlaceOptions,
): Promise<FileVaultPlace> {
  const files = vaultFilesIn(options.folder);
  const place = createPlace(deps, files, options.makers ?? tierMakers);
  if (await isThere(files.panic)) await place.panic({ vault: undefined, everything: true });
  await settleVaultFiles(deps, files);
  return place;
}

/** Free bytes that stay on the disk for everything else. */
const SPARE_BYTES = 16 * 1_048_576;

function createPlace(
  deps: FileVaultPlaceDeps,
  files: VaultFiles,
  makers: VaultMakers,
): FileVaultPlace {
  /** Grows with every panic: whatever began before it fails at its next read or write. */
  let panics = 0;
  /** Calls of keepers run one after another, so that a panic has the last word. */
  let keeperTurn: Promise<unknown> = Promise.resolve();
  /** Until the file of a vault that was unlocked is closed. */
  let closing: Promise<void> = Promise.resolve();

  return {
    look: () => coded(look),
    create: (request) => coded(() => create(request)),
    unlock: (request) => coded(() => unlock(request)),
    changePasswords: (change) => coded(() => changePasswords(change)),
    move: (tier, change) => coded(() => move(tier, change)),
    panic,
    isPanicUnfinished: () => isThere(files.panic),
    async endPanic() {
      await removeFiles(files.panic);
      await flushFolder(files.folder);
    },
  };

  async function look(): Promise<Result<VaultPlaceInfo | undefined, Failure>> {
    const found = await find();
    if (!found.ok || found.value === undefined) return found as Result<undefined, Failure>;
    const { tier, diskBytes, note } = found.value;
    return ok({ tier, diskBytes, keeper: note.kind });
  }

  async function create(request: NewPlacedVault): Promise<Result<void, Failure>> {
    if ((await isThere(files.note)) || (await isThere(files.container))) {
      return placeErr('vault/exists');
    }
    const sizeBytes = makers.containerBytes(request.tier);
    if (!(await hasRoom(sizeBytes))) return placeErr('vault/no-room');
    const { random } = deps;
    const note = await chooseKeeper({ random }, request.keeper);
    if (note === undefined) return placeErr('vault/secret-unavailable');
    const keeper = openKeeper(note, files.secret);
    const guard = guardFromNow();
    await removeFiles(files.panic);
    await writeKeeperNote(files.nextNote, note);
    const room = { isFull: false };
    const made = await coded(async () => {
      await using media = await createFileMedia(files.nextContainer, sizeBytes);
      const vaultDeps = depsOf(watchRoom(guard.media(media), room), guard.secret(keeper));
      return await makers.create(vaultDeps, request);
    });
    if (!made.ok) {
      await inKeeperTurn(() => keeper.destroy());
      await removeFiles(files.nextContainer, files.secret, files.nextNote);
      return room.isFull ? placeErr('vault/no-room') : made;
    }
    // With its note, and not before, there is a vault.
    await renameForGood(files.folder, files.nextContainer, files.container);
    await renameForGood(files.folder, files.nextNote, files.note);
    return made;
  }

  async function unlock(request: UnlockRequest): Promise<Result<Vault, Failure>> {
    return withContainer(async (vaultDeps, keepOpen) => {
      const unlocked = await makers.unlock(vaultDeps, request);
      if (unlocked.ok) keepOpen(unlocked.value.locked);
      return unlocked;
    });
  }

  async function changePasswords(
    change: PasswordChange,
  ): Promise<Result<PasswordsChanged, Failure>> {
    return withContainer((vaultDeps) => makers.change(vaultDeps, change));
  }

  async function move(tier: Tier, change: PasswordChange): Promise<Result<VaultMoved, Failure>> {
    const sizeBytes = makers.containerBytes(tier);
    return withContainer(async (vaultDeps) => {
      if (sizeBytes < vaultDeps.media.sizeBytes) return placeErr('vault/bad-size');
      if (!(await hasRoom(sizeBytes))) return placeErr('vault/no-room');
      const room = { isFull: false };
      const guard = guardFromNow();
      const moved = await coded(async () => {
        await using to = await createFileMedia(files.nextContainer, sizeBytes);
        const next = watchRoom(guard.media(to), room);
        return await makers.move(vaultDeps, { ...change, to: next, adopt });
      });
      if (!moved.ok) {
        await wipeFile(deps, files.nextContainer);
        return room.isFull ? placeErr('vault/no-room') : moved;
      }
      if (moved.value.isOldDestroyed) await removeFiles(files.oldContainer);
      else await wipeFile(deps, files.oldContainer);
      await flushFolder(files.folder);
      return ok({ ...moved.value, isOldDestroyed: true });
    });
  }

  /** Two renames; a crash between them is finished at the next start. */
  async function adopt(): Promise<void> {
    await renameForGood(files.folder, files.container, files.oldContainer);
    try {
      await renameForGood(files.folder, files.nextContainer, files.container);
    } catch (error) {
      if (!(await isThere(files.container))) {
        await renameForGood(files.folder, files.oldContainer, files.container);
      }
      throw error;
    }
  }

  async function panic(request: {
    readonly vault: Vault | undefined;
    readonly everything: boolean;
  }): Promise<PanicOutcome> {
    // Before anything that waits: the keys.
    request.vault?.drop();
    panics += 1;
    const keepers = await findKeepers();
    // Overwritten where it lies: its place goes after the mark, or a crash in between would leave a vault without one.
    const isSecretDestroyed = await overwriteSecrets(keepers);
    if (!request.everything) return { isSecretDestroyed, areMediaRandom: true };
    await markFile(files.panic).catch(() => undefined);
    for (const keeper of keepers) await inKeeperTurn(() => keeper.destroy());
    // A write that was on its way must not come after the random bytes.
    await closing;
    let areMediaRandom = true;
    const { container, oldContainer, nextContainer } = files;
    for (const path of [container, oldContainer, nextContainer]) {
      await wipeFile(deps, path).catch(() => {
        areMediaRandom = false;
      });
    }
    // The notes go last: after a crash they tell where E is.
    for (const path of [files.secret, files.note, files.nextNote]) {
      await wipeFile(deps, path).catch(() => undefined);
    }
    await flushFolder(files.folder).catch(() => undefined);
    return { isSecretDestroyed, areMediaRandom };
  }

  async function overwriteSecrets(keepers: readonly KeptSecret[]): Promise<boolean> {
    let areDestroyed = true;
    for (const keeper of keepers) {
      const secret = overwritable(keeper);
      const done = await inKeeperTurn(() => panicVault({ secret, random: deps.random }, {}));
      areDestroyed = done.isSecretDestroyed && areDestroyed;
    }
    return areDestroyed;
  }

  /** The keepers of the vault and of one that was being made; the file even where no note names it. */
  async function findKeepers(): Promise<readonly KeptSecret[]> {
    const keepers: KeptSecret[] = [];
    for (const path of [files.note, files.nextNote]) {
      const note = await readKeeperNote(path).catch(() => undefined);
      if (note !== undefined && note.kind !== 'file') keepers.push(openKeeper(note, files.secret));
    }
    const hasFile = await isThere(files.secret).catch(() => true);
    return hasFile ? [...keepers, openFileSecret(files.secret)] : keepers;
  }

  interface Found {
    readonly tier: Tier;
    readonly diskBytes: number;
    readonly note: KeeperNote;
  }

  async function find(): Promise<Result<Found | undefined, Failure>> {
    const noteState = await lookAtFile(files.note);
    const state = await lookAtFile(files.container);
    if (noteState.is === 'absent' && state.is === 'absent') return ok(undefined);
    if (state.is === 'absent') return placeErr('vault/medium-failed', { reason: 'missing' });
    if (state.is === 'foreign') return placeErr('vault/medium-failed', { reason: 'not-private' });
    const note = await readKeeperNote(files.note);
    if (note === undefined) return placeErr('vault/secret-unavailable', { reason: 'no-note' });
    if (note.kind === 'file' && (await lookAtFile(files.secret)).is !== 'ours') {
      return placeErr('vault/secret-unavailable', { reason: 'missing' });
    }
    const { sizeBytes } = state;
    const tier = (['S', 'L'] as const).find((each) => makers.containerBytes(each) === sizeBytes);
    if (tier === undefined) return placeErr('vault/bad-size');
    return ok({ tier, diskBytes: sizeBytes, note });
  }

  /** Opens the container for `work` and closes it again; not before `until`, where `keepOpen` was called. */
  async function withContainer<T>(
    work: (
      vaultDeps: VaultDeps,
      keepOpen: (until: Promise<void>) => void,
    ) => Promise<Result<T, Failure>>,
  ): Promise<Result<T, Failure>> {
    const found = await find();
    if (!found.ok) return found;
    if (found.value === undefined) return placeErr('vault/none');
    const guard = guardFromNow();
    const keeper = openKeeper(found.value.note, files.secret);
    const media = await openFileMedia(files.container);
    let isKept = false;
    try {
      return await work(depsOf(guard.media(media), guard.secret(keeper)), (until) => {
        isKept = true;
        closing = until.then(() => close(media));
      });
    } finally {
      if (!isKept) await close(media);
    }
  }

  function depsOf(media: Media, secret: ErasableSecret): VaultDeps {
    const { suite, random, clock, scheduler } = deps;
    return { suite, random, clock, scheduler, media, secret };
  }

  /** What a panic turns off. */
  function guardFromNow(): {
    readonly media: (media: Media) => Media;
    readonly secret: (secret: ErasableSecret) => ErasableSecret;
  } {
    const mine = panics;
    const requireCalm = (): void => {
      if (panics !== mine) throw new ParsError('base/storage-failed', { reason: 'failed' });
    };
    return {
      media: (media) => watched(media, requireCalm),
      secret: (secret) => ({
        isHiddenFromDisk: secret.isHiddenFromDisk,
        read: () =>
          inKeeperTurn(async () => {
            requireCalm();
            return secret.read();
          }),
        write: (value) =>
          inKeeperTurn(async () => {
            requireCalm();
            return secret.write(value);
          }),
      }),
    };
  }

  function inKeeperTurn<T>(call: () => Promise<T>): Promise<T> {
    const turn = keeperTurn.then(call);
    keeperTurn = turn.catch(() => undefined);
    return turn;
  }

  async function hasRoom(sizeBytes: number): Promise<boolean> {
    const { bavail, bsize } = await statfs(files.folder);
    return bavail * bsize >= sizeBytes + SPARE_BYTES;
  }
}

/** Its place stays where it could be overwritten: what comes next reads random bytes there, as after a duress unlock. */
function overwritable(keeper: KeptSecret): KeptSecret {
  let isOverwritten = false;
  return {
    ...keeper,
    async write(value) {
      const written = await keeper.write(value);
      isOverwritten = written.ok;
      return written;
    },
    destroy: async () => (isOverwritten ? ok(undefined) : keeper.destroy()),
  };
}

/** Remembers that a write found the disk full: the vault itself tells all failures alike. */
function watchRoom(media: Media, room: { isFull: boolean }): Media {
  const look = async (work: Promise<void>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      if (error instanceof ParsError && error.meta['reason'] === 'full') room.isFull = true;
      throw error;
    }
  };
  return {
    sizeBytes: media.sizeBytes,
    read: (offset, length, into) => media.read(offset, length, into),
    write: (offset, bytes) => look(media.write(offset, bytes)),
    flush: () => look(media.flush()),
  };
}

function watched(media: Media, requireCalm: () => void): Media {
  return {
    sizeBytes: media.sizeBytes,
    async read(offset, length, into) {
      requireCalm();
      return media.read(offset, length, into);
    },
    async write(offset, bytes) {
      requireCalm();
      await media.write(offset, bytes);
    },
    async flush() {
      requireCalm();
      await media.flush();
    },
  };
}

async function close(media: FileMedia): Promise<void> {
  try {
    await media[Symbol.asyncDispose]();
  } catch {
    // What was to be on the disk was flushed before, and said so or not.
  }
}

/** What the disk refuses, as a code; the reason goes along, never a path. */
async function coded<T>(work: () => Promise<Result<T, Failure>>): Promise<Result<T, Failure>> {
  try {
    return await work();
  } catch (error) {
    const refusal = storageErrorFrom(error);
    if (!(refusal instanceof ParsError) || refusal.code !== 'base/storage-failed') throw error;
    const reason = refusal.meta['reason'] ?? 'failed';
    return placeErr(reason === 'full' ? 'vault/no-room' : 'vault/medium-failed', { reason });
  }
}

function placeErr(
  code: VaultFailureCode,
  meta?: NonNullable<Failure['meta']>,
): { readonly ok: false; readonly error: Failure } {
  return meta === undefined ? err(code) : err(code, meta);
}
