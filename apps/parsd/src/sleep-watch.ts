import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';

/** A watch over the machine. Disposing of it ends it. */
export interface SleepWatch extends Disposable {
  /** Whether this machine tells; false also once its program ended. */
  readonly isWatching: boolean;
}

/**
 * Calls `onAway` when the machine is about to sleep (a closed lid included) and
 * when a session is locked, as logind of systemd tells on the system bus,
 * through `gdbus` of GLib. Signals of any other program there are not believed.
 * Other systems do not tell.
 */
export function watchSleep(onAway: () => void): SleepWatch {
  const program = findProgram('gdbus');
  if (process.platform !== 'linux' || program === undefined) return { isWatching: false, ...none };
  const { PATH, DBUS_SYSTEM_BUS_ADDRESS: bus } = process.env;
  const child = spawn(program, ['monitor', '--system', '--dest', 'org.freedesktop.login1'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH, LC_ALL: 'C', ...(bus === undefined ? {} : { DBUS_SYSTEM_BUS_ADDRESS: bus }) },
  });
  let isWatching = true;
  child.once('error', () => {
    isWatching = false;
  });
  child.once('exit', () => {
    isWatching = false;
  });
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    if (tellsOfSleep(line)) onAway();
  });
  // The node does not go on for it.
  child.unref();
  unrefStream(child);
  return {
    get isWatching() {
      return isWatching;
    },
    [Symbol.dispose]: () => {
      lines.close();
      child.kill();
    },
  };
}

/** Whether a line of `gdbus monitor` says that the machine goes to sleep, or that a session is locked. */
export function tellsOfSleep(line: string): boolean {
  return SLEEP.test(line) || LOCK.test(line);
}

const SLEEP =
  /^\/org\/freedesktop\/login1: org\.freedesktop\.login1\.Manager\.PrepareForSleep \(true,\)$/;
const LOCK =
  /^\/org\/freedesktop\/login1\/session\/\w+: org\.freedesktop\.login1\.Session\.Lock \(\)$/;

const none: Disposable = { [Symbol.dispose]: () => undefined };

function unrefStream({ stdout }: ChildProcess): void {
  if (stdout !== null && 'unref' in stdout && typeof stdout.unref === 'function') stdout.unref();
}

function findProgram(name: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
