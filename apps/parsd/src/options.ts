import { parseArgs } from 'node:util';
import { bytesFromText, err, type Failure, type LogLevel, ok, type Result } from '@pars/base';
import { LEAST_CARRY_BYTES } from './carry-size.ts';
import type { DaemonErrorCode } from './errors.ts';
import {
  MESH_HELP,
  type MeshOptions,
  meshDefinition,
  meshOptionsFromArgs,
} from './mesh-options.ts';

/** What the daemon was asked for on the command line. */
export interface DaemonOptions {
  readonly dataDir?: string;
  /** Multiaddrs; empty for the default of `listen-addresses.ts`. */
  readonly listen: readonly string[];
  /** Port of the loopback WebSocket; 0 for a free one. */
  readonly rpcPort: number;
  readonly passwordFile?: string;
  /** Minutes without a call after which the vault locks itself; 0 for never, absent for the default. */
  readonly idleLockMinutes?: number;
  /** Folder of a finished site to show at 127.0.0.1, e.g. of the proposals. */
  readonly site?: string;
  /** Port of the site; 0 for a free one. */
  readonly sitePort: number;
  /** Bytes of parcels to carry for this person and others; absent for the default. */
  readonly carryBytes?: number;
  readonly mesh: MeshOptions;
  readonly logLevel: LogLevel;
  readonly json: boolean;
  /** Asked for instead of running. */
  readonly show?: 'help' | 'version';
}

/** What `--help` prints. */
export const HELP: string = `Usage: parsd [options]

Runs a Pars node until it is stopped (Ctrl-C, SIGTERM or \`pars node stop\`).

  --data-dir PATH       folder of the node (default: $XDG_DATA_HOME/pars)
  --listen MULTIADDR    where other nodes can dial; may be repeated
                        (default: a port that is kept, on all networks of this
                        machine, or with --lan off on this machine alone)
  --rpc-port PORT       port of the local WebSocket API (default: a free one)
  --password-file PATH  unlock the vault at start; the first line counts
  --idle-lock MINUTES   lock the vault after so long without a call, 1 to 1440
                        (default: 15); it locks on SIGUSR2 as well, and where the
                        system tells, when it sleeps or its screen is locked
  --stay-unlocked       do not lock it for that it is not used; unattended use
                        wears away what was not opened
  --carry SIZE          room for parcels of others and of your own, like 500MB or
                        2GiB (default: a tenth of what is free on the disk, at
                        most 10GB; at least 2MiB)
${MESH_HELP}  --site PATH           show the site in this folder on this machine, e.g. what
                        \`pars pip site\` built
  --site-port PORT      port of that site (default: a free one)
  --log-level LEVEL     debug, info, warn (default) or error; debug tells when
                        letters come and go, so use it for faults only
  --json                print the ready line as JSON
  --version             print the version
`;

const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** Reads the command line. Fails with `parsd/bad-option`. */
export function optionsFromArgs(
  args: readonly string[],
): Result<DaemonOptions, Failure<DaemonErrorCode>> {
  const parsed = parse(args);
  if (!parsed.ok) return parsed;
  const { help, version, json, listen, ...values } = parsed.value;
  const rpcPort = portFromText(values['rpc-port'] ?? '0');
  if (rpcPort === undefined) return badOption('rpc-port');
  const sitePort = portFromText(values['site-port'] ?? '0');
  if (sitePort === undefined) return badOption('site-port');
  const logLevel = LOG_LEVELS.find((level) => level === (values['log-level'] ?? 'warn'));
  if (logLevel === undefined) return badOption('log-level');
  const carryBytes = values.carry === undefined ? undefined : bytesFromText(values.carry);
  if (values.carry !== undefined && (carryBytes ?? 0) < LEAST_CARRY_BYTES) {
    return badOption('carry');
  }
  const idleLock = minutesFromText(values['idle-lock']);
  const staysUnlocked = values['stay-unlocked'] === true;
  if (idleLock === 'bad' || (staysUnlocked && idleLock !== undefined))
    return badOption('idle-lock');
  const idleLockMinutes = staysUnlocked ? 0 : idleLock;
  const mesh = meshOptionsFromArgs(values);
  if (!mesh.ok) return mesh;
  const dataDir = values['data-dir'];
  const passwordFile = values['password-file'];
  const { site } = values;
  return ok({
    listen: listen ?? [],
    rpcPort,
    sitePort,
    mesh: mesh.value,
    logLevel,
    json: json ?? false,
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(passwordFile === undefined ? {} : { passwordFile }),
    ...(idleLockMinutes === undefined ? {} : { idleLockMinutes }),
    ...(carryBytes === undefined ? {} : { carryBytes }),
    ...(site === undefined ? {} : { site }),
    ...(version === true ? { show: 'version' } : {}),
    ...(help === true ? { show: 'help' } : {}),
  });
}

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const definition = {
  'data-dir': text,
  listen: { type: 'string', multiple: true },
  'rpc-port': text,
  'password-file': text,
  'idle-lock': text,
  'stay-unlocked': flag,
  carry: text,
  ...meshDefinition,
  site: text,
  'site-port': text,
  'log-level': text,
  json: flag,
  help: { ...flag, short: 'h' },
  version: { ...flag, short: 'v' },
} as const;

type Parsed = ReturnType<typeof parseArgs<{ options: typeof definition }>>['values'];

function parse(args: readonly string[]): Result<Parsed, Failure<DaemonErrorCode>> {
  try {
    return ok(parseArgs({ args: [...args], options: definition, strict: true }).values);
  } catch (error) {
    // The parser's own message names the option and never its value.
    const named = /'--?([-\w]+)/.exec(error instanceof Error ? error.message : '')?.[1];
    return badOption(named ?? 'unknown');
  }
}

function badOption(option: string): Result<never, Failure<DaemonErrorCode>> {
  return err('parsd/bad-option', { option });
}

function minutesFromText(digits: string | undefined): number | 'bad' | undefined {
  if (digits === undefined) return undefined;
  const minutes = /^\d{1,4}$/.test(digits) ? Number(digits) : 0;
  return minutes >= 1 && minutes <= MOST_MINUTES ? minutes : 'bad';
}

const MOST_MINUTES = 1_440;

function portFromText(digits: string): number | undefined {
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : Number.NaN;
  return port <= 65_535 ? port : undefined;
}
