import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ChatMessage } from '@pars/api';
import { ok, type Redacted, redact, unwrap } from '@pars/base';
import {
  createMemoryBlobStore,
  createMemoryStoreDisk,
  createRecordingLog,
  createSimulationRandom,
  createVirtualTime,
  type MemoryStoreDisk,
  type RecordingLog,
  type SimulationRandom,
  type VirtualTime,
} from '@pars/base/fakes';
import { createJavaScriptProvider, createSuite, type Suite } from '@pars/crypto';
import type { ParcelBounds, ParcelNetwork } from '@pars/mesh';
import {
  createContactCard,
  generatePrekey,
  type Identity,
  openIdentity,
  type PersonName,
} from '@pars/session';
import { type Carrier, createCarrier } from '../carrier/carrier.ts';
import type { NodeEngineDeps } from '../engine-deps.ts';
import { createEventHub, type EventHub } from '../event-hub.ts';
import { refreshKeys } from '../profile/key-schedule.ts';
import { newsOfFlush, openProfile, type Profile } from '../profile/profile.ts';
import { messageView } from '../profile/views.ts';
import { createTaskSet, type TaskSet } from '../task-set.ts';
import type { OpenedVault } from '../vault/opened-vault.ts';
import { createVaultFixture, type VaultFixture } from '../vault/vault-fixture.ts';
import { beginCorrespondence } from './begin-correspondence.ts';
import { createParcelPost, type ParcelPost } from './parcel-post.ts';

/** Cheap postage, and shards that show. */
export const TEST_NETWORK: ParcelNetwork = { shardBits: 8, puzzleBits: 8, leastLevel: 0 };

const ROOMY: ParcelBounds = { capacityBytes: 16 * 1_024 * 1_024, maxParcels: 10_000 };

/** People without links: their parcels go from store to store by hand. */
export interface PostOffice {
  readonly time: VirtualTime;
  readonly suite: Suite;
  readonly random: SimulationRandom;
  createPerson(name: string, carried?: ParcelBounds): Promise<Person>;
  /** Makes the two contacts of each other, with a correspondence unless `isDirectOnly`. */
  introduce(inviter: Person, newcomer: Person, isDirectOnly?: boolean): Promise<void>;
  /** Carries everything from one store to another, in an order that nobody chose. */
  carry(from: Person, to: Person): Promise<void>;
  /** Lets days pass: most of them as a clock that is set, since vaults write twice a minute. */
  passDays(days: number): Promise<void>;
  /** Waits for a call that needs virtual time. */
  during<T>(call: Promise<T>): Promise<T>;
}

/** A person with a disk that outlives every process on it. */
export interface Person {
  readonly name: string;
  /** What is carried. */
  readonly disk: MemoryStoreDisk;
  /** What is personal. */
  readonly vault: VaultFixture;
  readonly identity: Identity;
  readonly log: RecordingLog;
  readonly deps: NodeEngineDeps & { readonly events: EventHub; readonly tasks: TaskSet };
  readonly profile: Profile;
  readonly post: ParcelPost;
  readonly carrier: Carrier;
  /** Ends the process, in order or as a crash does, starts a new one on the disks and opens the profile. */
  start(how?: 'orderly' | 'killed'): Promise<void>;
  /** Starts a new process and opens nothing personal. */
  startLocked(): void;
  lock(): Promise<void>;
  /** Writes a letter that waits. Returns its id. */
  write(to: Person, text: string): Promise<Uint8Array>;
  messages(): Promise<readonly ChatMessage[]>;
}

/** An office where nobody is yet. */
export function createPostOffice(seed: string): PostOffice {
  const random = createSimulationRandom(seed);
  const suite = createSuite({ provider: createJavaScriptProvider({ random }), random });
  const time = createVirtualTime({ startMs: 1_795_305_600_000, settle: () => nextTurn() });

  async function during<T>(call: Promise<T>): Promise<T> {
    let isDone = false;
    const outcome = call.finally(() => {
      isDone = true;
    });
    outcome.catch(() => undefined);
    for (let step = 0; !isDone && step < 10_000; step += 1) await time.advance(step < 500 ? 1 : 50);
    return await outcome;
  }

  async function passDays(days: number): Promise<void> {
    time.jumpWallClock(days * 86_400_000 - 3_700_000);
    // What is due is looked for once an hour.
    await time.advance(3_700_000);
  }

  async function createPerson(name: string, carried: ParcelBounds = ROOMY): Promise<Person> {
    const own = createSimulationRandom(`${seed} ${name}`);
    const identity = await openIdentity(suite, {
      rootPublicKey: own.bytes(64),
      signingSeed: redact(own.bytes(64)),
      staticSeed: redact(own.bytes(96)),
    });
    const disk = createMemoryStoreDisk();
    const blobs = createMemoryBlobStore();
    const vault = await createVaultFixture(own, time);
    const log = createRecordingLog();
    let running: Pick<Person, 'deps' | 'carrier'> | undefined;
    let opened: (Pick<Person, 'profile' | 'post'> & { readonly home: OpenedVault }) | undefined;

    function present<T>(value: T | undefined): T {
      if (value === undefined) throw new Error(`${name} is not there`);
      return value;
    }

    const person: Person = {
      name,
      disk,
      vault,
      identity,
      log,
      get deps() {
        return present(running).deps;
      },
      get carrier() {
        return present(running).carrier;
      },
      get profile() {
        return present(opened).profile;
      },
      get post() {
        return present(opened).post;
      },
      startLocked() {
        const deps = {
          ...time,
          suite,
          random,
          log,
          blobs,
          store: disk.open(),
          events: createEventHub(log),
          tasks: createTaskSet(log),
          metrics: { count: () => undefined, gauge: () => undefined, snapshot: () => new Map() },
          mesh: { nodeId: `node-of-${name}`, addresses: () => [`/memory/${name}`] },
        } as unknown as Person['deps'];
        running = { deps, carrier: createCarrier(deps, { network: TEST_NETWORK, ...carried }) };
        opened = undefined;
      },
      async start(how = 'orderly') {
        if (how === 'orderly' && opened !== undefined) await person.lock();
        const before = opened;
        person.startLocked();
        const home = await vault.open();
        // What the process that was killed still does changes nothing.
        await before?.profile.close();
        const { carrier, deps } = present(running);
        const who = { identity, name: name as PersonName, createdAtMs: 0 };
        const profile = await openProfile(deps, home, who);
        await refreshKeys(deps, profile);
        opened = {
          home,
          profile,
          post: createParcelPost(
            { ...deps, carrier, mailbox: Promise.resolve(undefined), heldForMs: () => 0 },
            profile,
          ),
        };
      },
      async lock() {
        const { home, profile } = present(opened);
        opened = undefined;
        await profile.close();
        while (profile.isUnsaved && (await home.flushNow()).ok) await newsOfFlush();
        await home.vault.lock();
      },
      async write(to, text) {
        const messageId = random.bytes(16);
        const { profile } = present(opened);
        const record = { messageId, with: to.identity.sessionId, direction: 'out', text } as const;
        const nowMs = time.clock.nowMs();
        unwrap(
          await profile.transact(async (transaction) => {
            const message = { ...record, sentAtMs: nowMs, state: 'queued' } as const;
            transaction.put({
              type: 'outgoing',
              messageId,
              to: to.identity.sessionId,
              sequence: transaction.appendMessage(message),
              createdAtMs: nowMs,
              receiptKey: redact(random.bytes(32)),
            });
            return ok(undefined);
          }),
        );
        present(opened).post.outbox.kick();
        return messageId;
      },
      async messages() {
        const found = await present(opened).profile.readMessages({ after: 0, limit: 1_000 });
        return found.map(({ message, sequence }) => messageView(sequence, message));
      },
    };
    await person.start();
    return person;
  }

  async function introduce(inviter: Person, newcomer: Person, isDirectOnly = false): Promise<void> {
    const introduction = {
      secret: random.bytes(32),
      receiptKey: random.bytes(32),
      sealed: random.bytes(64),
    };
    const own = (bytes: Uint8Array): Redacted<Uint8Array> => redact(bytes.slice());
    for (const [person, other, role] of [
      [inviter, newcomer, 'inviter'],
      [newcomer, inviter, 'newcomer'],
    ] as const) {
      const card = other.profile.ownCard?.card ?? (await cardOf(other));
      unwrap(
        await person.profile.transact(async (transaction) => {
          transaction.put({
            type: 'contact',
            sessionId: other.identity.sessionId,
            name: other.name,
            addedAtMs: time.clock.nowMs(),
            confirmed: true,
            card,
            endpoint: { nodeId: `node-of-${other.name}`, addresses: [] },
          });
          if (isDirectOnly) return ok(undefined);
          beginCorrespondence(suite, person.profile, transaction, {
            with: other.identity.sessionId,
            role,
            secret: own(introduction.secret),
            receiptKey: own(introduction.receiptKey),
            sealed: introduction.sealed,
          });
          return ok(undefined);
        }),
      );
    }
  }

  async function cardOf({ identity }: Person): Promise<Uint8Array> {
    const nowMs = time.clock.nowMs();
    const prekey = await generatePrekey(suite, nowMs);
    return (await createContactCard(suite, identity, { prekey, nowMs })).bytes;
  }

  async function carry(from: Person, to: Person): Promise<void> {
    const source = await during(from.carrier.open());
    const target = await during(to.carrier.open());
    for (const { id } of source.entries()) {
      const bytes = await during(source.get(id));
      if (bytes !== undefined) unwrap(await during(target.put(bytes, from.name)));
    }
  }

  return { time, suite, random, createPerson, introduce, carry, passDays, during };
}
