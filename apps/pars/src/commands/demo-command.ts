import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { err, type Failure, ok, type Result } from '@pars/base/result';
import type { CliContext, CommonFlags } from '../cli-context.ts';
import { type CheckpointNumbers, StoryBroken, tellCheckpoint } from '../demo/checkpoint-story.ts';
import { createStage, type Shown } from '../demo/stage.ts';
import { print, report } from '../report.ts';
import { visibleText } from '../visible-text.ts';

/** Options of `pars demo`. */
export type DemoFlags = Pick<CommonFlags, 'json'>;

/** Three vaults of tier S, and some room. */
const NEEDED_BYTES = 3 * 323_260_416 + 64 * 1_048_576;

/**
 * `pars demo checkpoint`: two profiles, two checkpoints and what the disk shows
 * of them, with real nodes and vaults in a temporary folder that is deleted.
 */
export async function showCheckpoint(this: CliContext, flags: DemoFlags): Promise<void> {
  const say = (line: string): void => {
    if (!flags.json) print(this, line);
  };
  const told = await tell(this, {
    chapter: (title) => say(`\n== ${title}\n`),
    say,
    show: (command, { screen }) => {
      say(`  $ ${command}`);
      for (const line of screen.trimEnd().split('\n')) say(`    ${visibleText(line)}`);
      say('');
    },
  });
  report(this, flags, told, summary);
}

async function tell(
  context: CliContext,
  teller: {
    readonly chapter: (title: string) => void;
    readonly say: (line: string) => void;
    readonly show: (command: string, shown: Shown) => void;
  },
): Promise<Result<CheckpointNumbers, Failure>> {
  const { bavail, bsize } = await statfs(tmpdir());
  if (bavail * bsize < NEEDED_BYTES) return err('vault/no-room');
  // Short: a socket has to fit into the path.
  const folder = await mkdtemp(join(tmpdir(), 'pars-demo-'));
  try {
    teller.say(
      'The nodes and vaults of this story are real, in a temporary folder, on 127.0.0.1 alone.',
    );
    teller.say(
      'One thing is not: a vault ticks every 30 s; here it ticks every 0.4 s, and in front of',
    );
    teller.say('others ten times by hand, which stands for five minutes. E lies in a file.');
    return ok(await tellCheckpoint(folder, createStage(context), teller));
  } catch (error) {
    if (!(error instanceof StoryBroken)) throw error;
    return err('cli/demo-broken', { what: error.message.trim() });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function summary(numbers: CheckpointNumbers): readonly string[] {
  const { decoySession, duressSession, unlockMs } = numbers;
  return [
    '',
    '== In numbers',
    '',
    `container            ${numbers.containerBytes} bytes before and after everything`,
    `decoy visit          ${decoySession.changedBlocks} blocks, ${decoySession.changedWindows} windows, ${decoySession.changedStripes} stripes; chi-square ${decoySession.chiSquareAfter}`,
    `duress visit         ${duressSession.changedBlocks} blocks, ${duressSession.changedWindows} windows, ${duressSession.changedStripes} stripes; chi-square ${duressSession.chiSquareAfter}`,
    `same pattern         ${numbers.samePattern ? 'yes' : 'NO'}`,
    `same screens         ${numbers.sameScreens ? 'yes' : 'NO'}`,
    `unlock (ms)          decoy ${unlockMs.decoy}, duress ${unlockMs.duress}, hidden ${unlockMs.hidden}, destroyed ${unlockMs.destroyed}`,
    `hidden profile       after the decoy unlock: ${numbers.hiddenAfterDecoy}; after the duress unlock: ${numbers.hiddenAfterDuress}`,
    `decoy profile        after the duress unlock: ${numbers.decoyAfterDuress}`,
    `files after a panic  ${numbers.filesAfterPanic.length}`,
  ];
}
