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
  const { input } = context;
  if (!input.isTerminal) return input.readLine();
  const answer = await input.askLine(`${question} `);
  return answer === '' && context.signal.aborted ? undefined : answer;
}
