import type { CliContext } from '../cli-context.ts';
import { talk } from '../report.ts';

/** Times that somebody may answer one question. */
const MAX_ATTEMPTS = 5;

/**
 * Asks until the answer is usable; `undefined` when there is none. At a terminal
 * the answer is typed; otherwise it is the next line of standard input, once.
 */
export async function askUntilGood(
  context: CliContext,
  question: string,
  complaint: (answer: string) => string | undefined,
): Promise<string | undefined> {
  const attempts = context.input.isTerminal ? MAX_ATTEMPTS : 1;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const answer = await ask(context, question);
    if (answer === undefined) return undefined;
    const wrong = complaint(answer.trim());
    if (wrong === undefined) return answer.trim();
    talk(context, `  ${wrong}`);
  }
  return undefined;
}

async function ask(context: CliContext, question: string): Promise<string | undefined> {
  if (!context.input.isTerminal) return context.input.readLine();
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(`${question} `, { signal: context.signal });
  } catch {
    // Ctrl-C or the end of the terminal: there is no answer.
    return undefined;
  } finally {
    lines.close();
  }
}
