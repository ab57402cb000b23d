import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Two serial ports that are wired to each other. Disposing of it pulls both out. */
export interface SerialWire extends Disposable {
  readonly paths: readonly [string, string];
}

/** Opens two pseudo-terminals and copies between them, in a process that ends with this one. */
const program = `
import os, pty, select, tty
masters, slaves = zip(pty.openpty(), pty.openpty())
for end in masters + slaves: tty.setraw(end)
print(*(os.ttyname(end) for end in slaves), flush=True)
parent = os.getppid()
while os.getppid() == parent:
    ready, _, _ = select.select(masters, [], [], 1)
    for end in ready:
        os.write(masters[1 - masters.index(end)], os.read(end, 4096))
`;

/** The wire, or `undefined` where there is no python3 with pseudo-terminals. */
export async function openSerialWire(): Promise<SerialWire | undefined> {
  const child = spawn('python3', ['-c', program], { stdio: ['ignore', 'pipe', 'ignore'] });
  const failed = new Promise<undefined>((resolve) => {
    child.once('error', () => resolve(undefined));
  });
  const ended = once(child.stdout, 'close').then(() => undefined);
  const lines = createInterface({ input: child.stdout });
  const told = once(lines, 'line').then(([line]) => String(line));
  const [one, two] = (await Promise.race([told, ended, failed]))?.split(' ') ?? [];
  if (one === undefined || two === undefined) return undefined;
  return {
    paths: [one, two],
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  };
}
