import { err } from '@pars/base/result';
import type { CliContext, CommonFlags } from '../cli-context.ts';
import { withNode } from '../node-connection.ts';
import { report, reportFailure, talk } from '../report.ts';

/** Options of `pars panic`. */
export interface PanicFlags extends CommonFlags {
  readonly everything: boolean;
  readonly yes: boolean;
}

/** Random bytes over a whole vault take a while on a slow disk. */
const LONG_MS = 30 * 60_000;

/**
 * `pars panic`: destroys the secret of the vault and ends the node; with
 * `--everything` all that the node keeps on this machine.
 */
export async function panic(this: CliContext, flags: PanicFlags): Promise<void> {
  const { everything, yes } = flags;
  if (!yes) {
    if (!this.input.isTerminal) return reportFailure(this, flags, { code: 'cli/not-confirmed' });
    talk(this, everything ? ALL_GOES : HIDDEN_GOES);
    const answer = await this.input.askLine('Type `yes` to go on: ');
    if (answer.trim() !== 'yes') return reportFailure(this, flags, { code: 'cli/declined' });
  }
  const done = await withNode(
    this,
    flags,
    async (client, signal) => {
      const answer = await client.call('vault.panic', { everything }, signal);
      if (!answer.ok) return answer;
      // The node takes the rest away after its answer, and ends.
      await client.closed;
      return answer;
    },
    LONG_MS,
  );
  const isDone = done.ok && done.value.secretDestroyed && (done.value.erased || !everything);
  if (done.ok && !isDone) {
    return reportFailure(this, flags, err('cli/panic-incomplete', done.value).error);
  }
  report(this, flags, done, () => [everything ? 'gone' : 'done']);
}

const ALL_GOES =
  'Everything that Pars keeps in this data folder is destroyed for ever, all profiles, and the node ends.';
const HIDDEN_GOES =
  'The way into a hidden profile, if there is one, is destroyed for ever, and the node ends. The decoy stays.';
