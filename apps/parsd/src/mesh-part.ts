import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Clock, err, type Failure, ok, type Result, type Scheduler } from '@pars/base';
import type { Suite } from '@pars/crypto';
import { radioKeyFromText } from '@pars/mesh';
import type { NodeEngine, RadioPlan } from '@pars/node';
import { openSerialRadio, watchSticks } from '@pars/platform-node';
import type { DaemonErrorCode } from './errors.ts';
import type { MeshOptions, RadioOptions } from './mesh-options.ts';

/** The radios that were asked for. Code: `parsd/bad-radio-key`. */
export async function radioPlans(
  suite: Suite,
  radio: RadioOptions | undefined,
): Promise<Result<readonly RadioPlan[], Failure<DaemonErrorCode>>> {
  if (radio === undefined) return ok([]);
  const { airRate, baudRate, device, dutyCycle, keyFile } = radio;
  const text = await readFile(keyFile, 'utf8').catch(() => '');
  const key = radioKeyFromText(suite.symmetric, text.split(/\r?\n/, 1)[0] ?? '');
  if (!key.ok) return err('parsd/bad-radio-key');
  const plan: RadioPlan = {
    device,
    key: key.value,
    channel: { bitsPerSecond: airRate, keyUpMs: KEY_UP_MS, frameOverheadBytes: 8, dutyCycle },
    openDevice: (signal) => openSerialRadio({ path: device, baudRate, keyUpMs: KEY_UP_MS }, signal),
  };
  return ok([plan]);
}

/** Tells whoever watches the mesh what lies on sticks and in watched folders. Nothing is imported by itself. */
export function tellOffers(
  deps: { readonly clock: Clock; readonly scheduler: Scheduler },
  engine: Pick<NodeEngine, 'forgetBundles' | 'tellMesh'>,
  { watch, watchesSticks }: Pick<MeshOptions, 'watch' | 'watchesSticks'>,
  signal: AbortSignal,
): void {
  if (!watchesSticks && watch.length === 0) return;
  watchSticks(
    deps,
    {
      folders: watch.map((folder) => resolve(folder)),
      ...(watchesSticks ? {} : { mountRoots: [] }),
      onOffered: ({ path, sizeBytes }) =>
        engine.tellMesh({ type: 'bundle-offered', path, bytes: sizeBytes }),
      onGone: (folder) => engine.forgetBundles(folder),
    },
    signal,
  );
}

/** What most modems take until they are on the air. */
const KEY_UP_MS = 300;
