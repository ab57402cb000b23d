import type { CliContext } from '../cli-context.ts';

/** How a command of the story ended. */
export interface Shown {
  readonly code: number;
  /** What it wrote to the screen, to both outputs. */
  readonly screen: string;
  readonly stdout: string;
  readonly tookMs: number;
}

/** Runs commands of `pars` as the people of a story do. */
export type RunAs = (folder: string, args: readonly string[], typed?: string) => Promise<Shown>;

/** The commands run in this process, with what is typed on their standard input. */
export function createStage(context: CliContext): RunAs {
  return async (folder, args, typed = '') => {
    let screen = '';
    let stdout = '';
    let rest = typed;
    const startMs = performance.now();
    const code = await context.runCommand([...args, '--data-dir', folder], {
      process: {
        stdout: {
          write: (text: string) => {
            screen += text;
            stdout += text;
          },
        },
        stderr: {
          write: (text: string) => {
            screen += text;
          },
        },
        env: context.process.env ?? {},
      },
      input: {
        isTerminal: false,
        readLine: async () => {
          const [line = '', ...others] = rest.split('\n');
          rest = others.join('\n');
          return line === '' && others.length === 0 ? undefined : line;
        },
        readAll: async () => rest,
        askHidden: async () => '',
        askLine: async () => '',
        readFile: (path) => context.input.readFile(path),
      },
      files: context.files,
      signal: context.signal,
      nowMs: context.nowMs,
    });
    return { code, screen, stdout, tookMs: performance.now() - startMs };
  };
}
