import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** A TPM in software, reset by its end. */
export async function withTpm(work: () => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const socket = join(folder, 'tpm');
    const child = spawn(
      'swtpm',
      [
        'socket',
        '--tpm2',
        ...['--tpmstate', `dir=${folder}`],
        ...['--server', `type=unixio,path=${socket}`],
        ...['--ctrl', `type=unixio,path=${socket}.ctrl`],
        ...['--flags', 'not-need-init,startup-clear'],
      ],
      { stdio: 'ignore' },
    );
    const ended = new Promise((resolve) => child.once('exit', resolve));
    try {
      await untilThere(`${socket}.ctrl`);
      await withEnvironment({ TPM2TOOLS_TCTI: `swtpm:path=${socket}` }, work);
    } finally {
      child.kill('SIGKILL');
      await ended;
    }
  });
}

async function untilThere(path: string): Promise<void> {
  for (;;) {
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Runs `work` with some variables of the environment changed. */
export async function withEnvironment(
  values: Readonly<Record<string, string>>,
  work: () => Promise<void>,
): Promise<void> {
  const before = { ...process.env };
  Object.assign(process.env, values);
  try {
    await work();
  } finally {
    for (const name of Object.keys(values)) {
      const old = before[name];
      if (old === undefined) delete process.env[name];
      else process.env[name] = old;
    }
  }
}

/** Runs `work` with a folder of its own. */
export async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'pars-keeper-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, maxRetries: 5 });
  }
}

/** Why a test cannot run here, or `false`. */
export function missing(...programs: readonly string[]): string | false {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const absent = programs.find((program) => !folders.some((at) => isExecutable(join(at, program))));
  return absent === undefined ? false : `no ${absent} on this machine`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
