import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Two serial ports that are wired to each other. Disposing of it pulls both out. */
export interface PtyPair extends Disposable {
  readonly paths: readonly [string, string];
}

/** Opens two pseudo-terminals and copies between them, in a process of its own. */
const program = `
import os, pty, select, tty
masters, slaves = zip(pty.openpty(), pty.openpty())
for end in masters + slaves: tty.setraw(end)
print(*(os.ttyname(end) for end in slaves), flush=True)
while os.getppid() != 1:
    ready, _, _ = select.select(masters, [], [], 1)
    for end in ready:
        os.write(masters[1 - masters.index(end)], os.read(end, 4096))
`;

/** The pair, or why there is none here. */
export async function openPtyPair(): Promise<PtyPair | string> {
  const child = spawn('python3', ['-c', program], { stdio: ['ignore', 'pipe', 'ignore'] });
  const paths = await Promise.race([firstLine(child), failed(child)]);
  const [one, two] = paths?.split(' ') ?? [];
  if (one === undefined || two === undefined) {
    child.kill();
    return 'no python3 with pseudo-terminals on this machine';
  }
  return {
    paths: [one, two],
    [Symbol.dispose]() {
      child.kill('SIGKILL');
    },
  };
}

async function firstLine({ stdout }: ChildProcess): Promise<string | undefined> {
  if (stdout === null) return undefined;
  for await (const line of createInterface({ input: stdout })) return line;
  return undefined;
}

async function failed(child: ChildProcess): Promise<undefined> {
  // Whichever comes first: it cannot be started, or it ends.
  await Promise.race([once(child, 'exit'), new Promise((resolve) => child.once('error', resolve))]);
  return undefined;
}
