import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/** Where everything of one node lives (PIP-4000 §1). */
export interface DataFolderPaths {
  /** The folder itself, mode 0700, absolute. */
  readonly root: string;
  /** The lock: held by the daemon while it runs. */
  readonly lock: string;
  /** The access token of the local API, mode 0600. */
  readonly token: string;
  /** The unix socket of the local API, mode 0600; on Windows the name of a pipe. */
  readonly socket: string;
  /** Sealed files and keys, mode 0600 each. */
  readonly blobs: string;
  /** The database. */
  readonly store: string;
}

/** What a path may depend on, from `process`. */
export interface PathSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
}

/**
 * The paths of a data folder: `dataDir` when given, else `$XDG_DATA_HOME/pars`,
 * else `~/.local/share/pars`. A relative `XDG_DATA_HOME` is ignored, as its
 * specification demands.
 */
export function dataFolderPaths(
  dataDir: string | undefined,
  sources: PathSources = { environment: process.env, platform: process.platform },
): DataFolderPaths {
  const root = resolve(dataDir ?? defaultRoot(sources));
  return {
    root,
    lock: join(root, 'lock'),
    token: join(root, 'api-token'),
    socket: sources.platform === 'win32' ? pipeName(root) : join(root, 'parsd.sock'),
    blobs: join(root, 'blobs'),
    store: join(root, 'node.sqlite'),
  };
}

function defaultRoot({ environment, platform }: PathSources): string {
  const { XDG_DATA_HOME: xdg, LOCALAPPDATA: local } = environment;
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, 'pars');
  if (platform === 'win32' && local !== undefined) return join(local, 'pars');
  return join(homedir(), '.local', 'share', 'pars');
}

/** Pipes share one namespace, so the folder is part of the name. */
function pipeName(root: string): string {
  // Loaded here and not above: the command line starts faster without it.
  const { createHash } = process.getBuiltinModule('node:crypto');
  const name = createHash('sha3-256').update(root.toLowerCase()).digest('hex').slice(0, 32);
  return `\\\\.\\pipe\\pars-${name}`;
}
