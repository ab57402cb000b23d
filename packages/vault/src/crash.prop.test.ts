import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { marginOf, type OpenVolume } from './container.ts';
import { flushContainer } from './flush.ts';
import { maxPagesOf } from './geometry.ts';
import { createWorld, type Model, unlockWorld, type World, write } from './vault-fixture.ts';

/** States after every transaction of a volume; which of them are certain. */
interface History {
  states: Model[];
  /** The oldest state that may be found. */
  durable: number;
}

/** Two by default; `PARS_CRASH_WORLDS=24` gives 2,160 crashes. */
const WORLDS = Number(process.env['PARS_CRASH_WORLDS'] ?? 2);
const ROUNDS = 90;

describe('crash at every write', () => {
  test(`${WORLDS * ROUNDS} crashes with torn writes leave both volumes before or after a transaction`, async () => {
    const crashes = { total: 0, redone: 0, multi: 0 };
    for (let seed = 0; seed < WORLDS; seed += 1) {
      await liveAndCrash(await createWorld(`crash ${seed}`), crashes);
    }
    assert.equal(crashes.total, WORLDS * ROUNDS);
    assert.ok(crashes.redone > crashes.total / 20, 'crashes after the commit are among them');
    assert.ok(
      crashes.multi > crashes.total / 50,
      'transactions over several windows are among them',
    );
  });
});

async function liveAndCrash(
  world: World,
  crashes: { total: number; redone: number; multi: number },
): Promise<void> {
  const { random, deps } = world;
  const histories: readonly [History, History] = [newHistory(), newHistory()];
  let margin = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const isHidden = margin === 0 || random.chance(0.6);
    const unlocked = await unlockWorld(world, isHidden ? 'hidden' : 'decoy');
    const { container } = unlocked;
    for (const volume of container.volumes) {
      const found = unlocked.pages[volume.number];
      const history = histories[volume.number];
      const at = history.states.findIndex(
        (state, index) => index >= history.durable && isSame(state, found),
      );
      assert.notEqual(
        at,
        -1,
        `seed ${random.seed} round ${round} volume ${volume.number}: neither before nor after`,
      );
      assert.equal(volume.isDamaged, false);
      assert.equal(volume.index.lostCount(), 0, `seed ${random.seed} round ${round}`);
      histories[volume.number].states = [history.states[at] as Model];
      histories[volume.number].durable = 0;
    }
    deps.media.crashAt(1 + random.below(24));
    const before = container.flush;
    try {
      // Use without the hidden volume for as many flushes as its margin said: it must still be whole.
      for (let flush = 0; flush < (isHidden ? 99 : margin); flush += 1) {
        for (const volume of container.volumes) {
          if (random.chance(0.7))
            transact(world, container, volume.number, histories[volume.number]);
        }
        await flushContainer(deps, container);
        for (const { number, writer, index } of container.volumes) {
          const history = histories[number];
          const waiting = writer.takenSequence - writer.durableSequence;
          history.durable = history.states.length - 1 - waiting;
          if (waiting > 0) crashes.multi += 1;
          assert.equal(index.lostCount(), 0);
        }
      }
      deps.media.unplug();
    } catch (error) {
      assert.match(String(error), /simulated-crash/, `${String(error)} seed ${random.seed}`);
      assert.ok(container.flush >= before);
    }
    crashes.total += 1;
    deps.media.restart();
    const after = (await unlockWorld(world, 'hidden')).container;
    const committed = after.flush;
    margin = marginOf(after, after.volumes[1] as OpenVolume);
    assert.ok(committed === container.flush || committed === container.flush + 1);
    if (committed > container.flush) crashes.redone += 1;
  }
}

function transact(
  world: World,
  container: Parameters<typeof write>[0],
  volume: 0 | 1,
  history: History,
): void {
  const { random } = world;
  const writer = container.volumes[volume]?.writer;
  const count = random.chance(0.1) ? 30 : 1 + random.below(5);
  if (writer === undefined || writer.queuedPages + count > (volume === 0 ? 32 : 16)) return;
  const writes = new Map<number, string | undefined>();
  for (let at = 0; at < count; at += 1) {
    const page = random.below(maxPagesOf(container.geometry, volume));
    writes.set(page, random.chance(0.15) ? undefined : `${volume} ${random.uint32()}`);
  }
  write(container, volume, writes);
  const next = new Map(history.states.at(-1));
  for (const [page, text] of writes) {
    if (text === undefined) next.delete(page);
    else next.set(page, text);
  }
  history.states.push(next);
}

function newHistory(): History {
  return { states: [new Map()], durable: 0 };
}

function isSame(a: Model, b: Model): boolean {
  return a.size === b.size && [...a].every(([page, text]) => b.get(page) === text);
}
