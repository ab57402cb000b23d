import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What people run, but for a small vault with a fast clock. */
const PARSD_FIXTURE = fileURLToPath(new URL('parsd-fixture.ts', import.meta.url));
const PARSD = fileURLToPath(new URL('../bin/parsd.mjs', import.meta.url));
const PARS = fileURLToPath(new URL('../../pars/bin/pars.mjs', import.meta.url));

/** What `parsd --json` prints when it is ready. */
export interface Ready {
  readonly nodeId: string;
  readonly addresses: readonly string[];
  readonly socket: string;
  readonly webSocket: string;
}

/** A `parsd` process. */
export interface NodeProcess {
  readonly ready: Ready;
  readonly process: ChildProcess;
  /** What it wrote to standard error so far. */
  logged(): string;
  /** Sends the signal and resolves with the exit code, `null` after SIGKILL. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** How a finished command ended. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command ended that wrote a file to its standard output. */
export interface FinishedWithBytes {
  readonly code: number | null;
  readonly bytes: Uint8Array;
  readonly stderr: string;
}

/** A `pars` process that goes on. */
export interface Following {
  /** The next line on standard output that `isWanted`; rejects when the output ends. */
  nextLine(isWanted: (line: string) => boolean): Promise<string>;
  /** Types this on its standard input, which stays open. */
  write(text: string): void;
  /** Resolves with the exit code when it ends by itself. */
  ended(): Promise<number | null>;
  end(): Promise<number | null>;
}

/** Real processes over temporary folders. Disposing of it kills what runs and deletes everything. */
export interface Playground extends AsyncDisposable {
  /** A data folder that does not exist yet. */
  folder(name: string): string;
  /** `environment` is added to that of the tests; `at` is the folder that it is started in. */
  startNode(
    folder: string,
    args?: readonly string[],
    environment?: Readonly<Record<string, string>>,
    at?: string,
  ): Promise<NodeProcess>;
  /** Resolves when a flush covers everything that was changed in the open vault. */
  untilSaved(folder: string): Promise<void>;
  /** Makes a vault with that password alone, unlocks it, and makes a person in it; gives what `id create` printed. */
  makePerson(folder: string, name: string, password?: string): Promise<Record<string, unknown>>;
  /** Runs `parsd` to its end, as it is shipped or with the small vault of `startNode`. */
  runNode(args: readonly string[], size?: 'small vault'): Promise<Finished>;
  /** Runs `pars` to its end with `input` on standard input. */
  pars(folder: string, args: readonly string[], input?: string | Uint8Array): Promise<Finished>;
  /** {@link pars} of a command whose standard output is no text. */
  parsBytes(folder: string, args: readonly string[]): Promise<FinishedWithBytes>;
  follow(folder: string, args: readonly string[]): Following;
}

/** Where and how the processes of a playground run. */
export interface PlaygroundOptions {
  /** A program that runs what follows it, such as one that enters a host of a lab. */
  readonly prefix?: readonly string[];
  /** A folder for compiled code, for playgrounds that share it. */
  readonly cache?: string;
}

/** Makes a {@link Playground} under the system's temporary folder. */
export async function createPlayground({
  prefix = [],
  cache,
}: PlaygroundOptions = {}): Promise<Playground> {
  const root = await mkdtemp(join(tmpdir(), 'pars-e2e-'));
  const children = new Set<ChildProcess>();

  function launch(
    program: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    at?: string,
  ): ChildProcess {
    const [command, ...rest] = [...prefix, process.execPath];
    const child = spawn(command, [...rest, '--conditions=pars-source', program, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, XDG_CACHE_HOME: cache ?? join(root, 'cache'), ...environment },
      cwd: at,
    });
    children.add(child);
    child.once('exit', () => children.delete(child));
    child.stdin?.on('error', () => undefined);
    return child;
  }

  async function finish(child: ChildProcess, input: string | Uint8Array): Promise<Finished> {
    const { bytes, ...rest } = await finishWithBytes(child, input);
    return { ...rest, stdout: Buffer.from(bytes).toString('utf8') };
  }

  function pars(
    folder: string,
    args: readonly string[],
    input: string | Uint8Array = '',
  ): Promise<Finished> {
    return finish(launch(PARS, [...args, '--data-dir', folder]), input);
  }

  async function finishWithBytes(
    child: ChildProcess,
    input: string | Uint8Array,
  ): Promise<FinishedWithBytes> {
    child.stdin?.end(input);
    const [bytes, stderr, [code]] = await Promise.all([
      bytesOf(child.stdout),
      bytesOf(child.stderr),
      once(child, 'close') as Promise<[number | null]>,
    ]);
    return { code, bytes, stderr: stderr.toString('utf8') };
  }

  return {
    folder: (name) => join(root, name),
    async untilSaved(folder) {
      for (;;) {
        const { code, stdout, stderr } = await pars(folder, ['vault', 'status', '--json']);
        if (code !== 0) throw new Error(stderr);
        if ((JSON.parse(stdout) as { readonly unsaved?: boolean }).unsaved === false) return;
      }
    },
    async makePerson(folder, name, password = `${name} has a password`) {
      const steps = [
        ['vault', 'create', '--keeper', 'file'],
        ['vault', 'unlock'],
        ['id', 'create', '--name', name, '--json'],
      ];
      let stdout = '';
      for (const step of steps) {
        const done = await pars(folder, step, `${password}\n`);
        if (done.code !== 0) throw new Error(`pars ${step.join(' ')}: ${done.stderr}`);
        stdout = done.stdout;
      }
      return JSON.parse(stdout) as Record<string, unknown>;
    },
    async startNode(folder, args = [], environment = {}, at) {
      const child = launch(
        PARSD_FIXTURE,
        // Nodes of other tests are not to be found.
        [
          '--json',
          '--data-dir',
          folder,
          ...(args.includes('--lan') ? [] : ['--lan', 'off']),
          ...args,
        ],
        environment,
        at,
      );
      let logged = '';
      child.stderr?.on('data', (chunk) => {
        logged += String(chunk);
      });
      const exited = once(child, 'close') as Promise<[number | null]>;
      const line = await Promise.race([firstLine(child), exited.then(() => undefined)]);
      if (line === undefined) throw new Error(`parsd did not start: ${logged}`);
      return {
        ready: JSON.parse(line) as Ready,
        process: child,
        logged: () => logged,
        end: async (signal) => {
          child.kill(signal);
          return (await exited)[0];
        },
      };
    },
    runNode: (args, size) => finish(launch(size === undefined ? PARSD : PARSD_FIXTURE, args), ''),
    pars,
    parsBytes: (folder, args) => finishWithBytes(launch(PARS, [...args, '--data-dir', folder]), ''),
    follow(folder, args) {
      const child = launch(PARS, [...args, '--data-dir', folder]);
      child.stderr?.resume();
      const exited = once(child, 'close') as Promise<[number | null]>;
      const lines = createInterface({ input: child.stdout ?? process.stdin })[
        Symbol.asyncIterator
      ]();
      return {
        async nextLine(isWanted) {
          for (;;) {
            const next = await lines.next();
            if (next.done === true) throw new Error('the output ended');
            if (isWanted(next.value)) return next.value;
          }
        },
        write: (text) => void child.stdin?.write(text),
        ended: async () => (await exited)[0],
        end: async () => {
          child.kill('SIGINT');
          return (await exited)[0];
        },
      };
    },
    async [Symbol.asyncDispose]() {
      const ends = [...children].map(async (child) => {
        const exited = once(child, 'exit');
        child.kill('SIGKILL');
        await exited;
      });
      await Promise.all(ends);
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function bytesOf(stream: NodeJS.ReadableStream | null): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream ?? []) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

async function firstLine(child: ChildProcess): Promise<string> {
  let text = '';
  return new Promise((resolve) => {
    child.stdout?.on('data', (chunk) => {
      text += String(chunk);
      const end = text.indexOf('\n');
      if (end !== -1) resolve(text.slice(0, end));
    });
  });
}
