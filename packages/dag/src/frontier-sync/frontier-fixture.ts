import { type Failure, ok, type Store, unwrap } from '@pars/base';
import { createMemoryStore, type SimulationRandom } from '@pars/base/fakes';
import {
  createModelHistory,
  hashDep,
  idTexts,
  type ModelHistory,
  openGate,
  testSpace,
} from '../history-fixture.ts';
import type { VertexGate } from '../replica/admission.ts';
import { openReplica, type Replica } from '../replica/replica.ts';
import type { HashDep } from '../vertex.ts';
import { type CarrierEffect, type FrontierHost, settleFrontierEffects } from './frontier-host.ts';
import type { FrontierEffect, FrontierSync, FrontierSyncOptions } from './frontier-machine.ts';
import { decodeFrontierMessage } from './frontier-message.ts';
import { createFrontierSync } from './frontier-sync.ts';
import type { SnapshotContent } from './snapshot.ts';

/** What a side of a test is made of, beyond the defaults. */
export interface SideOptions extends Partial<FrontierSyncOptions> {
  readonly store?: Store;
  readonly gate?: VertexGate;
  readonly hash?: HashDep;
  /** The application's state at the base, if this side has one. */
  snapshotState?: Uint8Array | undefined;
}

/** One member: a replica and its machine. */
export interface Member {
  replica: Replica;
  machine: FrontierSync;
  readonly host: FrontierHost;
  /** What was imported last. */
  imported: SnapshotContent | undefined;
  /** Bytes of the base, for snapshots. */
  baseBytes: Uint8Array | undefined;
  /** A new machine that knows nothing of the last one. */
  renew(): void;
  settle(effects: readonly FrontierEffect[]): Promise<readonly CarrierEffect[]>;
}

export async function createMember(
  random: SimulationRandom,
  options: SideOptions = {},
): Promise<Member> {
  const { store = createMemoryStore(), gate = openGate, hash = hashDep } = options;
  const { messageLength = 4096, windowBytes = 65_536, eagerHeads = false } = options;
  const open = async (base?: Uint8Array) =>
    unwrap(
      await openReplica(
        { ...hash, store: base === undefined ? store : createMemoryStore(), gate },
        { space: testSpace, ...(base === undefined ? {} : { base }) },
      ),
    );
  const make = () =>
    createFrontierSync(
      { ...hash, random },
      { space: testSpace, source: 'peer', messageLength, windowBytes, eagerHeads },
    );
  const host: FrontierHost = {
    replica: () => member.replica,
    source: 'peer',
    async snapshot() {
      const { baseBytes } = member;
      if (baseBytes === undefined || options.snapshotState === undefined) return undefined;
      return { base: baseBytes, state: options.snapshotState };
    },
    async importSnapshot(snapshot) {
      member.imported = snapshot;
      member.replica = await open(snapshot.base);
      member.baseBytes = snapshot.base;
      options.snapshotState = snapshot.state;
      return ok(undefined);
    },
  };
  const member: Member = {
    replica: await open(),
    machine: make(),
    host,
    imported: undefined,
    baseBytes: undefined,
    renew() {
      member.machine = make();
    },
    settle: async (effects) => await settleFrontierEffects(member.machine, host, effects),
  };
  return member;
}

/** What crossed. */
export interface LinkReport {
  readonly bytes: number;
  readonly messages: number;
  /** Vertices that were given, whole or begun. */
  readonly given: number;
  /** Messages that ask for vertices by id. */
  readonly wants: number;
  /** Ids that were asked about. */
  readonly asked: number;
  readonly isEnded: boolean;
  /** Heads that were named and never came, of both sides. */
  readonly lacking: number;
  readonly failure: Failure | undefined;
}

/** How a link treats what crosses it. */
export interface LinkOptions {
  /** The link breaks at this byte; what is under way is lost. */
  readonly cutAfterBytes?: number;
  /** The link breaks at this message. */
  readonly cutAfterMessages?: number;
  /** Called before each message. */
  readonly between?: (message: number) => Promise<void>;
  /** Both sides do not greet, only the first. */
  readonly isOneSided?: boolean;
}

/** Carries messages in order until both have ended, one has failed, or the link breaks. */
export async function connect(
  sides: readonly [Member, Member],
  options: LinkOptions = {},
): Promise<LinkReport> {
  const { cutAfterBytes = Number.POSITIVE_INFINITY } = options;
  const { cutAfterMessages = Number.POSITIVE_INFINITY } = options;
  const queues: [Uint8Array[], Uint8Array[]] = [[], []];
  const ended = new Set<number>();
  let failure: Failure | undefined;
  let [bytes, messages, lacking, given, wants, asked] = [0, 0, 0, 0, 0, 0];

  const perform = async (from: 0 | 1, effects: readonly FrontierEffect[]) => {
    for (const effect of await sides[from].settle(effects)) {
      if (effect.kind === 'send') queues[from].push(effect.message);
      else if (effect.kind === 'fail') failure ??= effect.failure;
      else {
        ended.add(from);
        lacking += effect.lacking;
      }
    }
  };

  await perform(0, sides[0].machine.connected());
  if (options.isOneSided !== true) await perform(1, sides[1].machine.connected());
  while (failure === undefined && queues[0].length + queues[1].length > 0) {
    for (const from of [0, 1] as const) {
      const message = queues[from].shift();
      if (message === undefined || failure !== undefined) continue;
      await options.between?.(messages);
      const size = message.length + 2;
      if (bytes + size > cutAfterBytes || messages === cutAfterMessages) {
        return { bytes, messages, given, wants, asked, isEnded: false, lacking, failure };
      }
      bytes += size;
      messages += 1;
      given += countGiven(message);
      if (message[0] === 8) wants += 1;
      if (message[0] === 3) asked += (message.length - 1) / 32;
      const to = from === 0 ? 1 : 0;
      await perform(to, sides[to].machine.receive(message));
    }
  }
  return { bytes, messages, given, wants, asked, isEnded: ended.size === 2, lacking, failure };
}

function countGiven(bytes: Uint8Array): number {
  const message = unwrap(decodeFrontierMessage(bytes));
  if (message.type === 'vertices') return message.encodings.length;
  return message.type === 'part' && message.offset === 0 ? 1 : 0;
}

/** Parcels: each message comes at any time, some twice, some never. Runs until nothing is under way. */
export async function connectBadly(
  sides: readonly [Member, Member],
  random: SimulationRandom,
  chances: { readonly lost: number; readonly twice: number },
): Promise<Failure | undefined> {
  let failure: Failure | undefined;
  let underWay: { readonly to: 0 | 1; readonly message: Uint8Array }[] = [];
  const perform = async (from: 0 | 1, effects: readonly FrontierEffect[]) => {
    for (const effect of await sides[from].settle(effects)) {
      if (effect.kind === 'fail') failure ??= effect.failure;
      if (effect.kind !== 'send') continue;
      const copies = random.chance(chances.lost) ? 0 : random.chance(chances.twice) ? 2 : 1;
      for (let copy = 0; copy < copies; copy += 1) {
        underWay.push({ to: from === 0 ? 1 : 0, message: effect.message });
      }
    }
  };
  await perform(0, sides[0].machine.connected());
  await perform(1, sides[1].machine.connected());
  while (underWay.length > 0 && failure === undefined) {
    const at = random.below(underWay.length);
    const next = underWay[at];
    underWay = underWay.filter((_, place) => place !== at);
    if (next !== undefined) await perform(next.to, sides[next.to].machine.receive(next.message));
  }
  return failure;
}

/** The ids that a replica holds, as sorted text. */
export async function heldIds(replica: Replica): Promise<readonly string[]> {
  return idTexts((await replica.log(0, 100_000)).map((entry) => entry.id));
}

/** Like `historyFromPicks`, with payloads of up to 900 bytes: some need several short messages. */
export function growHistory(picks: readonly number[]): ModelHistory {
  const history = createModelHistory();
  for (const [step, pick] of picks.entries()) {
    const recent = history.vertices.slice(-12);
    const chosen = recent.filter((_, index) => ((pick >> index) & 1) === 1);
    const content = new Uint8Array(step % 5 === 0 ? pick % 900 : pick % 60).fill(step);
    history.add(history.maximal(chosen), content);
  }
  return history;
}
