import type { CliInput } from '../cli-context.ts';
import { createHiddenLine } from './hidden-line.ts';

/** Longest standard input that is read, in bytes: more than any invite or text may have. */
const MAX_INPUT_BYTES = 1_048_576;

/** Reads from this process' standard input and terminal. */
export function createTerminalInput(): CliInput {
  let rest: Promise<string> | undefined;
  const takeAll = async (): Promise<string> => {
    rest ??= readStandardInput();
    const text = await rest;
    rest = Promise.resolve('');
    return text;
  };
  return {
    isTerminal: process.stdin.isTTY === true,
    readAll: takeAll,
    readLine: async () => {
      const text = await takeAll();
      if (text === '') return undefined;
      const [line = '', ...others] = text.split('\n');
      rest = Promise.resolve(others.join('\n'));
      return line.replace(/\r$/, '');
    },
    askHidden,
    askLine,
    readFile: async (path) => (await import('node:fs/promises')).readFile(path, 'utf8'),
  };
}

async function readStandardInput(): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of process.stdin) {
    const bytes = chunk as Uint8Array;
    size += bytes.length;
    if (size > MAX_INPUT_BYTES) break;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function askLine(question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const interrupted = new AbortController();
  lines.once('SIGINT', () => {
    interrupted.abort();
    process.kill(process.pid, 'SIGINT');
  });
  try {
    return await lines.question(question, { signal: interrupted.signal });
  } catch {
    // Ctrl-C or the end of the terminal: there is no answer.
    return '';
  } finally {
    lines.close();
  }
}

/** What was typed or pasted behind the last line. */
let typedAhead = '';

/** The terminal is in raw mode while it waits, so nothing that is typed is shown. */
function askHidden(question: string): Promise<string> {
  const { stdin, stderr } = process;
  const line = createHiddenLine();
  stderr.write(question);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.resume();
  return new Promise((resolve) => {
    const take = (data: string): void => {
      const end = line.take(data);
      if (end === undefined) return;
      typedAhead = line.rest;
      stdin.off('data', take);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
      resolve(line.text);
      if (end === 'interrupted') process.kill(process.pid, 'SIGINT');
    };
    stdin.on('data', take);
    take(typedAhead);
  });
}
