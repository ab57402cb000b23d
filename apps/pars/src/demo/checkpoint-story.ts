import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startDemoNode } from '../../../parsd/src/demo/demo-node.ts';
import { compareImages, haveSamePattern, type ImageDifference, takeImage } from './disk-image.ts';
import type { RunAs, Shown } from './stage.ts';

/** What the story showed, in numbers. */
export interface CheckpointNumbers {
  /** Milliseconds between two ticks while somebody writes; 30,000 outside of a demonstration. */
  readonly tickMs: number;
  readonly containerBytes: number;
  /** From the password to the answer, in milliseconds. */
  readonly unlockMs: Readonly<Record<'decoy' | 'duress' | 'hidden' | 'destroyed', number>>;
  readonly decoySession: SessionTrace;
  readonly duressSession: SessionTrace;
  /** Both sessions changed as many blocks, stripes and windows, one after another, and the same files. */
  readonly samePattern: boolean;
  /** Every screen of the two was the same, but for the count of flushes that are left today. */
  readonly sameScreens: boolean;
  readonly hiddenAfterDecoy: 'whole' | 'gone';
  readonly hiddenAfterDuress: 'whole' | 'gone';
  readonly decoyAfterDuress: 'whole' | 'gone';
  readonly marginAfterDecoyTicks: number;
  readonly filesAfterPanic: readonly string[];
}

/** What an examiner sees of one session. */
export interface SessionTrace extends Omit<ImageDifference, 'stripes' | 'windows'> {
  readonly changedStripes: number;
  readonly changedWindows: number;
  readonly firstWindow: number;
  readonly chiSquareBefore: number;
  readonly chiSquareAfter: number;
}

/** Where the story is told. */
export interface Teller {
  /** Begins a part. */
  chapter(title: string): void;
  /** A sentence about what happens. */
  say(line: string): void;
  /** A command and what it wrote. */
  show(command: string, shown: Shown): void;
}

const TICK_MS = 400;
/** Ticks of each session at the checkpoint: five minutes outside of a demonstration. */
const SESSION_TICKS = 10;
const PASSWORDS = { decoy: 'blue tea glass', hidden: 'the third orchard', duress: 'blue tea glas' };
const DECOY_TEXTS = ['Are you coming to the wedding on Friday?', 'Yes, and I bring the cake.'];
const HIDDEN_TEXTS = [
  'I have the list of names.',
  'Bring it to the usual place, and nothing else.',
];

/**
 * Tells it in an empty folder: two profiles, a forced unlock, a look at the
 * disk, home again, a duress unlock, another look, and what is left. Throws
 * `StoryBroken` where the story did not go as it must.
 */
export async function tellCheckpoint(
  folder: string,
  run: RunAs,
  teller: Teller,
): Promise<CheckpointNumbers> {
  const nika = join(folder, 'nika');
  await using stack = new AsyncDisposableStack();
  const start = async (at: string): ReturnType<typeof startNode> => stack.use(await startNode(at));

  teller.chapter('At home: one vault, two profiles');
  const node = await start(nika);
  const [roya, kaveh] = [await start(join(folder, 'roya')), await start(join(folder, 'kaveh'))];
  const all = `${PASSWORDS.decoy}\n${PASSWORDS.hidden}\n${PASSWORDS.duress}\n`;
  const create = ['vault', 'create', '--tier', 'S', '--keeper', 'file'];
  teller.show('pars vault create --tier S --keeper file', await well(run(nika, create, all)));
  for (const [friend, name] of [
    [join(folder, 'roya'), 'Roya'],
    [join(folder, 'kaveh'), 'Kaveh'],
  ] as const) {
    await well(run(friend, create, `${name} has a password\n`));
    await well(run(friend, ['vault', 'unlock'], `${name} has a password\n`));
    await well(run(friend, ['id', 'create', '--name', name]));
  }
  teller.say('Nika fills both profiles. The decoy is one that she really uses:');
  await live(PASSWORDS.decoy, 'Nika', 'Roya', join(folder, 'roya'), DECOY_TEXTS);
  teller.say('The hidden one has another name, other keys and another contact:');
  await live(PASSWORDS.hidden, 'Simurgh', 'Kaveh', join(folder, 'kaveh'), HIDDEN_TEXTS);
  await roya[Symbol.asyncDispose]();
  await kaveh[Symbol.asyncDispose]();
  node.hold();

  teller.chapter('The first checkpoint: "Unlock it"');
  const before = await takeImage(nika);
  teller.say('Somebody copies the disk, then makes her unlock. She gives the decoy password.');
  const decoy = await visit(PASSWORDS.decoy);
  const between = await takeImage(nika);
  const decoyDifference = compareImages(before, between);
  teller.say('They copy the disk again and compare:');
  tellDifference(decoyDifference, between.chiSquare);

  teller.chapter('Home again');
  const home = await unlock(PASSWORDS.hidden);
  teller.say('She gives the hidden password.');
  const status = await json(run(nika, ['vault', 'status', '--json']));
  const hiddenChat = await well(run(nika, ['chat', 'read']));
  teller.show('pars chat read', hiddenChat);
  teller.show('pars vault status', await well(run(nika, ['vault', 'status'])));
  await well(run(nika, ['vault', 'lock']));

  teller.chapter('The second checkpoint: the duress password');
  const beforeDuress = await takeImage(nika);
  teller.say('The same scene. This time she gives the duress password.');
  const duress = await visit(PASSWORDS.duress);
  const afterDuress = await takeImage(nika);
  const duressDifference = compareImages(beforeDuress, afterDuress);
  tellDifference(duressDifference, afterDuress.chiSquare);
  const samePattern = haveSamePattern(decoyDifference, duressDifference);
  const sameScreens = decoy.screens === duress.screens;
  teller.say('Both visits compared:');
  teller.say(`  the same regions, as many of each, one after another: ${yes(samePattern)}`);
  teller.say(`  the same words on the screen: ${yes(sameScreens)}`);
  teller.say(
    `  from password to answer: ${ms(decoy.unlockMs)} with the decoy, ${ms(duress.unlockMs)} with duress;`,
  );
  teller.say('  always a multiple of 1.5 s, and which one is a matter of how busy the machine is');
  teller.say(
    `  E, which lies in a file in this story: ${duressDifference.isSecretChanged ? 'its 64 bytes are others now' : 'unchanged'}, in the first visit ${decoyDifference.isSecretChanged ? 'too' : 'they stayed'}.`,
  );
  teller.say(
    '  That is the one trace, and the reason why a file is the last resort: whoever has a copy',
  );
  teller.say('  of E from before can see that it changed. The container shows nothing.');

  teller.chapter('The next day');
  const destroyed = await unlock(PASSWORDS.hidden, 4);
  teller.show('pars vault unlock          (the hidden password)', destroyed);
  teller.say('The hidden profile is gone for ever. The decoy is as it was:');
  const decoyAgain = await unlock(PASSWORDS.decoy);
  const decoyChat = await well(run(nika, ['chat', 'read']));
  teller.show('pars chat read', decoyChat);

  teller.chapter('Panic');
  teller.show(
    'pars panic --everything --yes',
    await well(run(nika, ['panic', '--everything', '--yes'])),
  );
  await node.ended;
  const filesAfterPanic = await readdir(nika);
  teller.say(`The data folder holds ${filesAfterPanic.length} files: as if Pars had never run.`);

  return {
    tickMs: TICK_MS,
    containerBytes: before.files.get('vault') ?? 0,
    unlockMs: {
      decoy: Math.round((decoy.unlockMs + decoyAgain.tookMs) / 2),
      duress: Math.round(duress.unlockMs),
      hidden: Math.round(home.tookMs),
      destroyed: Math.round(destroyed.tookMs),
    },
    decoySession: traceOf(decoyDifference, before.chiSquare, between.chiSquare),
    duressSession: traceOf(duressDifference, beforeDuress.chiSquare, afterDuress.chiSquare),
    samePattern,
    sameScreens,
    hiddenAfterDecoy: holds(hiddenChat, HIDDEN_TEXTS),
    hiddenAfterDuress: destroyed.code === 0 ? 'whole' : 'gone',
    decoyAfterDuress: holds(decoyChat, DECOY_TEXTS),
    marginAfterDecoyTicks: Number(status['marginAtUnlockTicks']),
    filesAfterPanic,
  };

  async function live(
    password: string,
    name: string,
    friendName: string,
    friend: string,
    texts: readonly string[],
  ): Promise<void> {
    await unlock(password);
    await well(run(nika, ['id', 'create', '--name', name]));
    const { invite } = await json(run(friend, ['contact', 'invite', '--json']));
    await well(run(nika, ['contact', 'add', '-'], `${String(invite)}\n`));
    const [asked = '', answered = ''] = texts;
    await well(run(friend, ['chat', 'send', name, asked, '--wait', '30']));
    await well(run(nika, ['chat', 'send', friendName, answered, '--wait', '30']));
    teller.show('pars chat read', await well(run(nika, ['chat', 'read'])));
    await well(run(nika, ['vault', 'lock']));
  }

  /** What happens at a checkpoint; each of them makes as many flushes. */
  async function visit(
    password: string,
  ): Promise<{ readonly screens: string; readonly unlockMs: number }> {
    const opened = await unlock(password);
    const shown: string[] = [opened.screen];
    teller.show('pars vault unlock', opened);
    for (const args of [
      ['id', 'show'],
      ['contact', 'list'],
      ['chat', 'read'],
      ['vault', 'status'],
    ]) {
      const seen = await well(run(nika, args));
      teller.show(`pars ${args.join(' ')}`, seen);
      // How many locks there were today is no matter of the password.
      shown.push(seen.screen.replace(/^today .*$/m, ''));
    }
    for (let tick = 0; tick < SESSION_TICKS; tick += 1) {
      node.tick();
      await new Promise((resolve) => setTimeout(resolve, FLUSH_MS));
    }
    await well(run(nika, ['vault', 'lock']));
    return { screens: shown.join('\n'), unlockMs: opened.tookMs };
  }

  async function unlock(password: string, code = 0): Promise<Shown> {
    const shown = await run(nika, ['vault', 'unlock'], `${password}\n`);
    if (shown.code !== code) throw new StoryBroken(shown.screen);
    return shown;
  }

  function tellDifference(difference: ImageDifference, chiSquare: number): void {
    const { changedBlocks, isSaltPageChanged, stripes, windows, wholeWindows } = difference;
    teller.say(`  files that are new or gone: ${listOf(difference.otherFiles)}`);
    teller.say(`  files of another size: ${listOf(difference.otherSizes)}`);
    teller.say(`  blocks of 4,096 bytes that changed: ${changedBlocks} of ${before.blocks.length}`);
    teller.say(
      `  windows: ${rangeOf(windows)}, ${wholeWindows} of them in every block; root stripes: ${rangeOf(stripes)}; staging: ${yes(difference.isStagingChanged)}; salt page: ${yes(isSaltPageChanged)}`,
    );
    teller.say(
      `  bytes of the whole file: chi-square ${chiSquare.toFixed(1)} with 255 degrees of freedom (random: 255 ± 68)`,
    );
  }
}

/** The story did not go as it must; the message is what the command said. */
export class StoryBroken extends Error {
  override readonly name = 'StoryBroken';
}

/** Time for a flush of tier S before the next tick, in milliseconds. */
const FLUSH_MS = 60;

async function startNode(folder: string) {
  const started = await startDemoNode(folder, TICK_MS);
  if (!started.ok) throw new StoryBroken(started.error.code);
  return started.value;
}

async function well(running: Promise<Shown>): Promise<Shown> {
  const shown = await running;
  if (shown.code !== 0) throw new StoryBroken(shown.screen);
  return shown;
}

async function json(running: Promise<Shown>): Promise<Readonly<Record<string, unknown>>> {
  return JSON.parse((await well(running)).stdout) as Readonly<Record<string, unknown>>;
}

function traceOf(
  { stripes, windows, ...difference }: ImageDifference,
  chiSquareBefore: number,
  chiSquareAfter: number,
): SessionTrace {
  return {
    ...difference,
    changedStripes: stripes.length,
    changedWindows: windows.length,
    firstWindow: windows[0] ?? -1,
    chiSquareBefore: Math.round(chiSquareBefore * 10) / 10,
    chiSquareAfter: Math.round(chiSquareAfter * 10) / 10,
  };
}

function holds(chat: Shown, texts: readonly string[]): 'whole' | 'gone' {
  return texts.every((text) => chat.stdout.includes(text)) ? 'whole' : 'gone';
}

function rangeOf(numbers: readonly number[]): string {
  return `${numbers.length} (${numbers[0] ?? '-'} to ${numbers.at(-1) ?? '-'})`;
}

function listOf(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}

function yes(is: boolean): string {
  return is ? 'yes' : 'no';
}

function ms(time: number): string {
  return `${(time / 1_000).toFixed(2)} s`;
}
