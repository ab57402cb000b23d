import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { unwrap } from '@pars/base';
import { createWorld, inTime, type World } from '../vault-fixture.ts';
import { TICK_MS } from '../vault-session.ts';
import { loseProcess, openDatabases } from './database-fixture.ts';
import { migrate } from './migrations.ts';
import { counterSchema, createReservedCounter } from './reserved-counter.ts';
import { createSeedReserve, seedSchema } from './seed-reserve.ts';

/** `PARS_RESERVE_WORLDS=50` crashes 600 times. */
const WORLDS = Number(process.env['PARS_RESERVE_WORLDS'] ?? 4);
const LIVES = 12;

/** Lets the process live for a while and then die at a random write, or lock in order. */
async function endLife(
  world: World,
  opened: Awaited<ReturnType<typeof openDatabases>>,
): Promise<void> {
  const { random, deps } = world;
  if (random.chance(0.3)) {
    await inTime(world, opened.vault.lock());
    return;
  }
  if (random.chance(0.5)) {
    deps.media.crashAt(1 + random.below(8));
    await world.time.advance(TICK_MS);
  }
  await loseProcess(world, opened);
}

describe('what is reserved ahead', () => {
  test(`no number of a counter comes twice, through ${WORLDS * LIVES} ends at any moment`, async () => {
    let waited = 0;
    for (let seed = 0; seed < WORLDS; seed += 1) {
      const world = await createWorld(`counter ${seed}`);
      const given = new Set<number>();
      let last = -1;
      for (let life = 0; life < LIVES; life += 1) {
        const opened = await openDatabases(world, 'hidden');
        unwrap(await migrate(opened.hidden, [counterSchema]));
        const counter = unwrap(await createReservedCounter(opened.hidden, 'to ana', 5));
        for (let use = world.random.below(20); use > 0; use -= 1) {
          if (counter.reserved === 0) waited += 1;
          const number = unwrap(await inTime(world, counter.next()));
          assert.ok(!given.has(number) && number > last, `seed ${seed}: ${number} again`);
          given.add(number);
          last = number;
        }
        await endLife(world, opened);
      }
    }
    assert.ok(waited > WORLDS, 'some had to wait for a flush');
  });

  test('a counter that cannot reserve says so', async () => {
    const world = await createWorld('counter locked');
    const opened = await openDatabases(world, 'decoy');
    unwrap(await migrate(opened.decoy, [counterSchema]));
    const counter = unwrap(await createReservedCounter(opened.decoy, 'x', 1));
    const next = counter.next();
    await loseProcess(world, opened);
    assert.deepEqual(await next, { ok: false, error: { code: 'sql/closed' } });
  });

  test('a seed that was seen is in the next life or its use is, and none is seen for two uses', async () => {
    for (let seed = 0; seed < WORLDS; seed += 1) {
      const world = await createWorld(`seeds ${seed}`);
      const useBySeed = new Map<string, string>();
      for (let life = 0; life < LIVES; life += 1) {
        const opened = await openDatabases(world, 'hidden');
        const { hidden } = opened;
        unwrap(
          await migrate(hidden, [
            [...seedSchema, 'CREATE TABLE used (n INTEGER PRIMARY KEY, seed TEXT UNIQUE) STRICT'],
          ]),
        );
        const reserve = unwrap(
          await createSeedReserve(world.deps, hidden, { scope: 'ana', size: 4 }),
        );
        // Everything that was seen is still to be had or was used durably.
        const stored = unwrap(
          await hidden.read((sql) => [
            ...sql.all('SELECT seed FROM seed_reserve').map((row) => String(row['seed'])),
            ...sql.all('SELECT seed FROM used').map((row) => String(row['seed'])),
          ]),
        );
        for (const seen of useBySeed.keys())
          assert.ok(stored.includes(seen), `seed ${seed} lost one`);
        const filling = reserve.fill();
        for (let use = world.random.below(8); use > 0; use -= 1) {
          const taken = unwrap(
            await hidden.write((sql) => {
              const value = reserve.take(sql);
              if (value === undefined) return undefined;
              const n = Number(sql.get('SELECT count(*) AS n FROM used')?.['n']);
              sql.run('INSERT INTO used (n, seed) VALUES (?, ?)', [n, String(value)]);
              return { n, seed: String(value) };
            }),
          ).value;
          if (taken !== undefined) {
            // The same step of the same history, or a step never done.
            const before = useBySeed.get(taken.seed);
            assert.ok(
              before === undefined || before === String(taken.n),
              `seed ${seed}: another use`,
            );
            useBySeed.set(taken.seed, String(taken.n));
          }
          if (world.random.chance(0.3)) await world.time.advance(TICK_MS);
        }
        await endLife(world, opened);
        await filling;
      }
      assert.ok(useBySeed.size > 5, `only ${useBySeed.size} seeds were used`);
    }
  });
});
