import type { Failure } from '@pars/base';
import { type DaemonParts, startDaemon } from './daemon.ts';
import { exitCodeFromFailure, exitCodes } from './exit-codes.ts';
import { collectGarbageWhenIdle } from './idle-garbage.ts';
import { type DaemonOptions, HELP, optionsFromArgs } from './options.ts';
import { hardenProcess } from './process-hardening.ts';
import { VERSION } from './version.ts';

/**
 * Time for an orderly end, in milliseconds: a vault without extra flushes waits
 * half a minute for its tick. What was acknowledged is on disk anyway.
 */
const STOP_TIMEOUT_MS = 45_000;

/**
 * Runs the daemon of this process until it is asked to stop; resolves with the
 * exit code. `parts` are for tests.
 */
export async function runDaemon(args: readonly string[], parts?: DaemonParts): Promise<number> {
  const parsed = optionsFromArgs(args);
  if (!parsed.ok) return complain(parsed.error);
  const options = parsed.value;
  if (options.show !== undefined) {
    process.stdout.write(options.show === 'help' ? HELP : `${VERSION}\n`);
    return exitCodes.success;
  }
  hardenProcess();
  const signalled = waitForSignal();
  const started = await startDaemon(options, parts);
  if (!started.ok) return complain(started.error);
  const daemon = started.value;
  process.stdout.write(`${readyLine(daemon, options)}\n`);
  collectGarbageWhenIdle();
  await Promise.race([signalled, daemon.stopAsked]);

  setTimeout(() => {
    process.stderr.write('parsd: closing took too long; ending anyway\n');
    process.exit(exitCodes.failure);
  }, STOP_TIMEOUT_MS).unref();
  await daemon[Symbol.asyncDispose]();
  return exitCodes.success;
}

/** The first signal stops in order; a second one, by default, at once. */
function waitForSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
      process.once(signal, () => resolve());
  });
}

interface Ready {
  readonly dataDir: string;
  readonly nodeId: string;
  readonly addresses: readonly string[];
  readonly socket: string;
  readonly webSocket: string;
  readonly site: string | undefined;
  readonly metrics: string | undefined;
}

function readyLine(
  { dataDir, nodeId, addresses, socket, webSocket, site, metrics }: Ready,
  options: DaemonOptions,
): string {
  if (options.json) {
    return JSON.stringify({
      schemaVersion: 1,
      event: 'ready',
      version: VERSION,
      dataDir,
      nodeId,
      addresses,
      socket,
      webSocket,
      ...(site === undefined ? {} : { site }),
      ...(metrics === undefined ? {} : { metrics }),
    });
  }
  const shown = [
    `parsd ${VERSION} is ready in ${dataDir}`,
    `others dial ${addresses.join(' ')}`,
    ...(site === undefined ? [] : [`the site is at ${site}`]),
    ...(metrics === undefined ? [] : [`the metrics are at ${metrics}`]),
  ];
  return shown.join('; ');
}

function complain(failure: Failure): number {
  const advice = adviceByCode.get(failure.code) ?? 'The node could not start.';
  const details = Object.entries(failure.meta ?? {}).map(([key, value]) => ` ${key}=${value}`);
  process.stderr.write(`parsd: ${advice} [${failure.code}${details.join('')}]\n`);
  return exitCodeFromFailure(failure.code);
}

const adviceByCode: ReadonlyMap<string, string> = new Map([
  [
    'data-folder/damaged',
    'A database in the data folder is damaged. Is it `lock`, delete that file; is it `node.sqlite`, restore a copy of the folder.',
  ],
  [
    'data-folder/in-use',
    'Another node runs on this data folder. Stop it (`pars node stop`), or choose another with --data-dir.',
  ],
  [
    'data-folder/not-a-folder',
    'The data folder is something else. Choose another with --data-dir.',
  ],
  [
    'data-folder/path-too-long',
    'The path of the data folder is too long for a socket. Choose a shorter one with --data-dir.',
  ],
  [
    'data-folder/too-open',
    'Others may read the data folder. Run `chmod 700` on it, or choose another with --data-dir.',
  ],
  [
    'data-folder/unusable',
    'The data folder cannot be made or written. Check its permissions and the space on the disk.',
  ],
  ['parsd/bad-node-seed', 'The key of this node is damaged. Restore a copy of the data folder.'],
  ['parsd/bad-option', 'An option is not usable; `parsd --help` shows them.'],
  [
    'parsd/bad-radio-key',
    'The file of the radio key cannot be read, or its first line is no `pars://radio/` key.',
  ],
  [
    'metrics/cannot-listen',
    'The port of the metrics is taken. Choose another with --metrics-port.',
  ],
  ['parsd/bad-password-file', 'The password file cannot be read, or its first line is empty.'],
  [
    'parsd/cannot-listen',
    'A listen address could not be bound: it is in use, is none of this machine, or is of a form that Pars does not speak. Choose another with --listen.',
  ],
  [
    'rpc/bad-token-file',
    'The file `api-token` in the data folder is damaged. Delete it and start again.',
  ],
  ['rpc/cannot-listen', 'The local API cannot listen. Choose another port with --rpc-port.'],
  ['site/cannot-listen', 'The port of the site is taken. Choose another with --site-port.'],
  ['site/not-a-folder', 'The folder of the site cannot be read. `pars pip site` builds one.'],
  ['site/too-large', 'The folder of the site holds more than 10,000 files.'],
  [
    'vault/bad-size',
    'The file `vault` in the data folder was cut or is none. Restore a copy of it.',
  ],
  [
    'vault/medium-failed',
    'The file `vault` in the data folder is gone, is not yours alone, or its disk fails. It is never made anew by itself.',
  ],
  [
    'vault/secret-unavailable',
    'What keeps the secret of the vault (TPM, keyring or file) is locked or gone. Log in, unlock the keyring, and start again.',
  ],
  ['vault/wrong-password', 'The password in the password file opens nothing here.'],
]);
