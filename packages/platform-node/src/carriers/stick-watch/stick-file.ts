import { constants } from 'node:fs';
import { type FileHandle, lstat, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { err, type Failure, ok, type Result } from '@pars/base';
import type { CarrierFailureCode } from '../errors.ts';

/** A file of a stick as it was seen; another one in its place is never taken for it. */
export interface SeenFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly changedAtMs: number;
  readonly inode: number;
  readonly device: number;
}

type StickResult<T> = Result<T, Failure<CarrierFailureCode>>;

const pieceBytes = 262_144;
const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** What lies at the path, without following links; `undefined` for what is no plain file or not there. */
export async function seeFile(path: string): Promise<SeenFile | undefined> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isFile() !== true) return undefined;
  const { dev, ino, mtimeMs, size } = found;
  return { path, sizeBytes: size, changedAtMs: mtimeMs, inode: ino, device: dev };
}

/** Opens the file that was seen, if it is still that one; never a link, a pipe or a device. */
export async function openSeen(seen: SeenFile): Promise<StickResult<FileHandle>> {
  let handle: FileHandle;
  try {
    // Without O_NONBLOCK a pipe in its place would wait for a writer for ever.
    handle = await open(seen.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    return failureFrom(error);
  }
  try {
    const now = await handle.stat();
    if (!now.isFile()) return await closeWith(handle, 'stick/not-a-file');
    const isSame =
      now.ino === seen.inode &&
      now.dev === seen.device &&
      now.size === seen.sizeBytes &&
      now.mtimeMs === seen.changedAtMs;
    return isSame ? ok(handle) : await closeWith(handle, 'stick/changed');
  } catch (error) {
    await handle.close().catch(() => undefined);
    return failureFrom(error);
  }
}

/**
 * The bytes of an offered file in pieces of at most 262,144, no more than it was
 * seen to have. The last item is the failure, if there was one: `stick/changed`,
 * `stick/gone` or `stick/not-a-file`. What was read before it is good for an
 * import, which is idempotent (PIP-1004 §9).
 */
export async function* readOffered(
  seen: SeenFile,
  signal?: AbortSignal,
): AsyncGenerator<StickResult<Uint8Array>, void, undefined> {
  const opened = await openSeen(seen);
  if (!opened.ok) {
    yield opened;
    return;
  }
  await using handle = opened.value;
  for (let at = 0; at < seen.sizeBytes; ) {
    signal?.throwIfAborted();
    const buffer = new Uint8Array(Math.min(pieceBytes, seen.sizeBytes - at));
    let bytesRead: number;
    try {
      ({ bytesRead } = await handle.read(buffer, 0, buffer.length, at));
    } catch (error) {
      yield failureFrom(error);
      return;
    }
    if (bytesRead === 0) {
      yield err('stick/gone');
      return;
    }
    at += bytesRead;
    yield ok(buffer.subarray(0, bytesRead));
  }
}

/**
 * Writes a new file into a folder of a stick: under a name that no bundle has,
 * then durable, then renamed. Whoever pulls the stick out finds the whole file
 * or none of that name. `stick/full`, `stick/read-only`, `stick/gone`,
 * `stick/exists`, `stick/bad-name`; what was begun is removed, if the stick is
 * still there.
 */
export async function writeToStick(
  folder: string,
  name: string,
  pieces: AsyncIterable<Uint8Array>,
): Promise<StickResult<{ readonly path: string; readonly sizeBytes: number }>> {
  if (!safeName.test(name)) return err('stick/bad-name');
  const path = join(folder, name);
  if ((await lstat(path).catch(() => undefined)) !== undefined) return err('stick/exists');
  const temporary = join(folder, `.${name}${partSuffix}`);
  let handle: FileHandle;
  try {
    // A rest of an earlier try, whose stick was pulled out.
    await rm(temporary, { force: true });
    handle = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
  } catch (error) {
    return failureFrom(error);
  }
  let sizeBytes = 0;
  try {
    for await (const piece of pieces) {
      await handle.appendFile(piece);
      sizeBytes += piece.length;
    }
    await handle.sync();
    await handle.close();
    await rename(temporary, path);
    await syncFolder(folder);
    return ok({ path, sizeBytes });
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(temporary, { force: true }).catch(() => undefined);
    const failure = failureFrom(error);
    // What the writer of the bundle throws is its own.
    if (failure.error.code === 'stick/gone' && !isSystemError(error)) throw error;
    return failure;
  }
}

/** What an unfinished export is called: it is never offered. */
export const partSuffix = '.part';
const safeName = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,79}$/;

/** Some file systems of sticks cannot do it, and need not. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, O_RDONLY).catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close().catch(() => undefined);
}

async function closeWith(
  handle: FileHandle,
  code: CarrierFailureCode,
): Promise<StickResult<never>> {
  await handle.close();
  return err(code);
}

function isSystemError(error: unknown): boolean {
  return typeof (error as { readonly syscall?: unknown } | undefined)?.syscall === 'string';
}

function failureFrom(error: unknown): {
  readonly ok: false;
  readonly error: Failure<CarrierFailureCode>;
} {
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return err('stick/full');
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return err('stick/read-only');
    case 'ELOOP':
    case 'ENXIO':
    case 'EISDIR':
      return err('stick/not-a-file');
    case 'ENOENT':
      return err('stick/changed');
    default:
      return err('stick/gone');
  }
}
