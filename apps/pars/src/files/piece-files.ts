import { err, type Failure, ok, type Result } from '@pars/base/result';

/** Files of any size, piece by piece. */
export interface PieceFiles {
  /** The pieces of a file, or of standard input for `-`. Code: `cli/not-read`. */
  open(path: string): Promise<Result<AsyncIterable<Uint8Array>, Failure>>;
  /**
   * A file that appears under its name when it is whole and safe on the disk,
   * and not before; `-` is standard output. Codes: `cli/file-exists` unless
   * `replaces`, `cli/not-written`, `cli/to-terminal`.
   */
  create(path: string, replaces: boolean): Promise<Result<NewFile, Failure>>;
}

/** A file that is being written. */
export interface NewFile {
  /** Code: `cli/not-written`. */
  write(piece: Uint8Array): Promise<Result<void, Failure>>;
  /** Code: `cli/not-written`, `cli/file-exists`. */
  finish(): Promise<Result<void, Failure>>;
  /** Leaves nothing behind. */
  abandon(): Promise<void>;
}

/** Files of this machine. */
export function createPieceFiles(): PieceFiles {
  return {
    async open(path) {
      const { createReadStream } = await import('node:fs');
      if (path === '-') return ok(process.stdin as AsyncIterable<Uint8Array>);
      const { stat } = await import('node:fs/promises');
      const found = await stat(path).catch(() => undefined);
      if (found === undefined || found.isDirectory()) return err('cli/not-read', { path });
      return ok(createReadStream(path, { highWaterMark: PIECE_BYTES }));
    },
    create: (path, replaces) => (path === '-' ? createOutput() : createWholeFile(path, replaces)),
  };
}

async function createOutput(): Promise<Result<NewFile, Failure>> {
  if (process.stdout.isTTY === true) return err('cli/to-terminal');
  return ok({
    write: (piece) =>
      new Promise((resolve) => {
        process.stdout.write(piece, (error) => {
          resolve(error ? err('cli/not-written', { path: '-' }) : ok(undefined));
        });
      }),
    finish: async () => ok(undefined),
    abandon: async () => undefined,
  });
}

async function createWholeFile(path: string, replaces: boolean): Promise<Result<NewFile, Failure>> {
  const { open, rename, stat, unlink } = await import('node:fs/promises');
  const { dirname } = await import('node:path');
  const exists = (): Promise<boolean> => stat(path).then(Boolean, () => false);
  const failed = err('cli/not-written', { path });
  if (!replaces && (await exists())) return err('cli/file-exists', { path });
  const part = `${path}.${process.pid}.part`;
  const handle = await open(part, 'wx', 0o600).catch(() => undefined);
  if (handle === undefined) return failed;

  async function abandon(): Promise<void> {
    await handle?.close().catch(() => undefined);
    await unlink(part).catch(() => undefined);
  }

  return ok({
    async write(piece) {
      try {
        for (let start = 0; start < piece.length; ) {
          start += (await handle.write(piece, start)).bytesWritten;
        }
        return ok(undefined);
      } catch {
        return failed;
      }
    },
    async finish() {
      try {
        await handle.sync();
        await handle.close();
        if (!replaces && (await exists())) {
          await unlink(part);
          return err('cli/file-exists', { path });
        }
        await rename(part, path);
      } catch {
        await abandon();
        return failed;
      }
      // A stick that is pulled now has the name as well; not every file system can promise that.
      const folder = await open(dirname(path), 'r').catch(() => undefined);
      await folder?.sync().catch(() => undefined);
      await folder?.close().catch(() => undefined);
      return ok(undefined);
    },
    abandon,
  });
}

const PIECE_BYTES = 262_144;
