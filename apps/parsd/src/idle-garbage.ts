import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How often to look, in milliseconds. */
const LOOK_EVERY_MS = 10_000;
/** Processor time since the last collection that makes another one worthwhile. */
const WORTHWHILE_MS = 200;
/** Share of one look's time below which a node counts as idle. */
const IDLE_SHARE = 0.01;
/** Late enough for the work of starting to have left the stack, in milliseconds. */
const SETTLE_MS = 500;

/**
 * Gives memory back once work is done: half a second after the start, and
 * whenever an idle stretch follows work. An idle process allocates nothing, so
 * nothing else would make it collect, and it would keep 25 MB of its start and
 * what key generation left behind.
 */
export function collectGarbageWhenIdle(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: object) => void;
  let atCollection = process.cpuUsage();
  let atLook = atCollection;

  const collectNow = (): void => {
    // The flavour that also gives empty pages back to the system.
    collect({ type: 'major', flavor: 'last-resort' });
    atCollection = process.cpuUsage();
    atLook = atCollection;
  };
  setTimeout(collectNow, SETTLE_MS).unref();
  setInterval(() => {
    const isIdle = millisecondsSince(atLook) < LOOK_EVERY_MS * IDLE_SHARE;
    atLook = process.cpuUsage();
    if (isIdle && millisecondsSince(atCollection) > WORTHWHILE_MS) collectNow();
  }, LOOK_EVERY_MS).unref();
}

function millisecondsSince(earlier: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(earlier);
  return (user + system) / 1_000;
}
