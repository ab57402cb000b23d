import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { unwrap } from '@pars/base';
import { ALL_NEW } from '../change-fixture.ts';
import { changeContainerPasswords } from '../change-passwords.ts';
import { createMemoryMedia } from '../fakes/index.ts';
import { cellBytes, type Geometry, sizeOf, windowBytes } from '../geometry.ts';
import type { Media } from '../media.ts';
import { moveContainer } from '../move-container.ts';
import { createWorld, inTime, PASSWORDS, password, SMALL, type World } from '../vault-fixture.ts';
import { TICK_MS } from '../vault-session.ts';
import { openDatabases } from './database-fixture.ts';

const LARGER: Geometry = { ...SMALL, windows: 16 };
const LIVES = ['decoy', 'hidden idle', 'hidden busy', 'duress', 'no hidden volume'] as const;
type Life = (typeof LIVES)[number];

/** Three sessions with databases, ticks and locks, a change of passwords, a move: all that a disk and a keeper of E see, in order. */
async function traceOf(life: Life): Promise<readonly string[]> {
  const { decoy, duress } = PASSWORDS;
  const made = await createWorld(life, life === 'no hidden volume' ? { decoy, duress } : PASSWORDS);
  const trace: string[] = [];
  // Where an unlock looks for the last commit is random; where a flush reads is not.
  let isUnlocking = false;
  const media = watched(made.deps.media, 'container', trace, () => isUnlocking);
  const secret = {
    ...made.deps.secret,
    read() {
      isUnlocking = true;
      trace.push('E read');
      return made.deps.secret.read();
    },
    write(value: Uint8Array) {
      isUnlocking = false;
      trace.push(`E write ${value.length}`);
      return made.deps.secret.write(value);
    },
  };
  const world = {
    ...made,
    deps: { ...made.deps, media: { ...made.deps.media, ...media }, secret },
  };
  const isHidden = life.startsWith('hidden');
  const kind = life === 'duress' ? 'duress' : isHidden ? 'hidden' : 'decoy';
  for (let session = 0; session < 3; session += 1) await live(world, life, kind, session);

  const loss = { mayDestroyHidden: !isHidden };
  const next = isHidden ? ALL_NEW : { ...ALL_NEW, hidden: 'none' as const };
  const current = PASSWORDS[kind];
  trace.push('-- passwd');
  unwrap(
    await inTime(world, changeContainerPasswords(world.deps, SMALL, { current, next, ...loss })),
  );
  trace.push('-- move');
  const to = createMemoryMedia({ sizeBytes: sizeOf(LARGER) });
  unwrap(
    await inTime(
      world,
      moveContainer(world.deps, SMALL, LARGER, {
        current: password(`new ${kind}`),
        next: isHidden ? PASSWORDS : { ...PASSWORDS, hidden: 'none' },
        ...loss,
        to: watched(to, 'new container', trace, () => false),
        adopt: async () => void trace.push('adopt'),
      }),
    ),
  );
  return trace;
}

/** A session as people have it: some ticks, something written between them, a lock. */
async function live(
  world: World,
  life: Life,
  kind: 'decoy' | 'hidden' | 'duress',
  session: number,
): Promise<void> {
  const opened = await openDatabases(world, kind);
  const databases = life === 'hidden busy' ? [opened.decoy, opened.hidden] : [opened.decoy];
  for (const database of databases) {
    unwrap(
      await database.write((sql) => sql.run('CREATE TABLE IF NOT EXISTS note (text TEXT) STRICT')),
    );
  }
  for (let tick = 0; tick < 4; tick += 1) {
    for (const [at, database] of databases.entries()) {
      const text = `${at} ${session} ${tick}`.repeat(at === 0 ? 5 : 40);
      unwrap(await database.write((sql) => sql.run('INSERT INTO note VALUES (?)', [text])));
    }
    await world.time.advance(TICK_MS);
    // One thing at a time: when this was read, the flush is over.
    await opened.vault.decoy.readPage(119);
  }
  unwrap(await inTime(world, opened.vault.lock()));
}

function watched(media: Media, name: string, trace: string[], isUnlocking: () => boolean): Media {
  const cell = cellBytes(SMALL);
  const anywhere = (length: number): boolean =>
    length === cell || (isUnlocking() && length === windowBytes(SMALL));
  return {
    sizeBytes: media.sizeBytes,
    read(offset, length, into) {
      // Which single cell is read is random in every life.
      trace.push(`${name} read ${length} at ${anywhere(length) ? 'any place' : offset}`);
      return media.read(offset, length, into);
    },
    write(offset, bytes) {
      trace.push(`${name} write ${offset}+${bytes.length}`);
      return media.write(offset, bytes);
    },
    flush() {
      trace.push(`${name} flush`);
      return media.flush();
    },
  };
}

describe('the trace of a life with databases', () => {
  test('sessions, locks, a change of passwords and a move reach the same places in the same order in every life', async () => {
    const [first, ...others] = LIVES;
    const expected = await traceOf(first);
    assert.ok(expected.filter((line) => line.endsWith('flush')).length > 3 * 5 * 3);
    assert.ok(expected.filter((line) => line === 'E write 64').length === 3 + 3 + 3);
    for (const life of others) assert.deepEqual(await traceOf(life), expected, life);
  });
});
