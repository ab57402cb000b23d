import type { CliInput } from '../cli-context.ts';
import { createHiddenLine } from './hidden-line.ts';

/** Longest standard input that is read, in bytes: more than any invite or text may have. */
const MAX_INPUT_BYTES = 1_048_576;

/** Reads from this process' standard input and terminal. */
export function createTerminalInput(): CliInput {
  const input = createStandardInput();
  return {
    isTerminal: process.stdin.isTTY === true,
    readAll: input.readAll,
    readLine: input.readLine,
    askHidden,
    askLine,
    readFile: async (path) => (await import('node:fs/promises')).readFile(path, 'utf8'),
  };
}

/** A line is there as soon as it came: whoever writes it may wait for what we say to it. */
function createStandardInput(): Pick<CliInput, 'readAll' | 'readLine'> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let chunks: AsyncIterator<unknown> | undefined;
  let text = '';
  let sizeBytes = 0;
  let isOver = false;

  async function readMore(): Promise<void> {
    chunks ??= process.stdin[Symbol.asyncIterator]();
    setHold(true);
    const next = await chunks.next();
    setHold(false);
    if (next.done === true) {
      isOver = true;
      text += decoder.decode();
      return;
    }
    const bytes = next.value as Uint8Array;
    sizeBytes += bytes.length;
    isOver = sizeBytes > MAX_INPUT_BYTES;
    if (!isOver) text += decoder.decode(bytes, { stream: true });
  }

  return {
    async readAll() {
      while (!isOver) await readMore();
      const all = text;
      text = '';
      return all;
    },
    async readLine() {
      while (!isOver && !text.includes('\n')) await readMore();
      if (text === '') return undefined;
      const [line = '', ...others] = text.split('\n');
      text = others.join('\n');
      return line.replace(/\r$/, '');
    },
  };
}

/** A pipe that is still open must not keep a finished command from ending. */
function setHold(isHeld: boolean): void {
  const { stdin } = process;
  if (isHeld) stdin.ref?.();
  else stdin.unref?.();
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
