import { concatBytes, uint32FromBytes, uint32ToBytes, unwrap } from '@pars/base';
import type { MemoryStoreDisk } from '@pars/base/fakes';
import {
  createFrontierSync,
  type FrontierEffect,
  type FrontierSync,
  type HashDep,
  openReplica,
  type Replica,
  type SpaceId,
  settleFrontierEffects,
  type VertexGate,
} from '@pars/dag';
import { cryptoCosts, type NodeIndex, type Process, type ProcessContext } from '../kernel/index.ts';

/** What a peer of a replicated space is like. */
export interface ReplicaPeerOptions extends HashDep {
  readonly disk: MemoryStoreDisk;
  readonly space: SpaceId;
  readonly gate: VertexGate;
  /** Mean time between the syncs that it begins. */
  readonly periodMs: number;
  readonly choosePartner: (context: ProcessContext) => NodeIndex | undefined;
  readonly messageLength: number;
  readonly windowBytes: number;
  /** Without progress for so long a sync starts over; after three times it is given up. */
  readonly stallMs: number;
  readonly traffic: number;
  /** Told of all that was added. */
  readonly onAdded?: (replica: Replica) => void;
}

/** A member of a space that syncs its replica with others: real store format, real machines. */
export interface ReplicaPeer extends Process {
  /** Of this life, once it is open. */
  readonly replica: Replica | undefined;
}

const SYNC = 1;
const STALL = 2;
const maxStalls = 3;
/** First byte of a message: 1 from who began the sync, 0 from the other, or this. */
const BUSY = 2;

interface Session {
  readonly peer: NodeIndex;
  readonly key: string;
  readonly id: number;
  readonly isMine: boolean;
  readonly machine: FrontierSync;
  /** One thing at a time. */
  work: Promise<void>;
  progress: number;
  stalls: number;
}

/** One life of a member. A node is in one sync at a time, so that nobody brings it what another is bringing. */
export function createReplicaPeer(options: ReplicaPeerOptions): ReplicaPeer {
  const { disk, space, gate, hash, traffic, stallMs } = options;
  let context: ProcessContext;
  let replica: Replica | undefined;
  let session: Session | undefined;
  const overIds: string[] = [];

  function create(peer: NodeIndex, id: number, isMine: boolean): Session {
    const { messageLength, windowBytes } = options;
    const source = String(peer);
    const machine = createFrontierSync(
      { hash, random: context.random },
      { space, source, messageLength, windowBytes },
    );
    const key = `${peer}/${id}/${isMine}`;
    return { peer, key, id, isMine, machine, work: Promise.resolve(), progress: 0, stalls: 0 };
  }

  /** Runs an input of a machine after the earlier ones. */
  function feed(current: Session, input: () => readonly FrontierEffect[]): void {
    current.work = current.work
      .then(async () => {
        if (session !== current || replica === undefined) return;
        const open = replica;
        const before = open.sequence;
        const host = { replica: () => open, source: String(current.peer) };
        const effects = await settleFrontierEffects(current.machine, host, input());
        context.spend((open.sequence - before) * (cryptoCosts.verifyMs + cryptoCosts.hashKiBMs));
        if (open.sequence > before) options.onAdded?.(open);
        for (const effect of effects) {
          if (effect.kind === 'send') send(current, effect.message);
          else finish(current);
        }
      })
      .catch((error: unknown) => context.failed(error));
  }

  function send({ peer, id, isMine }: Session, message: Uint8Array): void {
    const header = concatBytes(Uint8Array.of(isMine ? 1 : 0), uint32ToBytes(id));
    context.send(peer, concatBytes(header, message), traffic);
  }

  function finish(current: Session): void {
    if (session !== current) return;
    session = undefined;
    overIds.push(current.key);
    if (overIds.length > 64) overIds.shift();
  }

  function begin(current: Session): void {
    session = current;
    feed(current, () => current.machine.connected());
    context.setTimer(stallMs, STALL);
  }

  return {
    isAsynchronous: true,
    get replica() {
      return replica;
    },
    async start(given) {
      context = given;
      replica = unwrap(await openReplica({ store: disk.open(), hash, gate }, { space }));
      context.setTimer((context.random.uint32() / 2 ** 32) * options.periodMs, SYNC);
    },
    receive(from, message) {
      if (replica === undefined || message.length < 5) return;
      const [kind = 0] = message;
      const isTheirs = kind === 1;
      const id = uint32FromBytes(message, 1);
      const key = `${from}/${id}/${!isTheirs}`;
      if (isTheirs && session?.key !== key && !overIds.includes(key)) {
        if (session === undefined) begin(create(from, id, false));
        else context.send(from, concatBytes(Uint8Array.of(BUSY), uint32ToBytes(id)), traffic);
      }
      const current = session;
      if (current?.key !== key) return;
      if (kind === BUSY) return finish(current);
      feed(current, () => current.machine.receive(message.subarray(5)));
    },
    wake(token) {
      if (token === SYNC) {
        const jitter = 0.5 + context.random.uint32() / 2 ** 32;
        context.setTimer(options.periodMs * jitter, SYNC);
        const partner = session === undefined ? options.choosePartner(context) : undefined;
        if (partner !== undefined) begin(create(partner, context.random.uint32(), true));
        return;
      }
      const current = session;
      if (current === undefined) return;
      context.setTimer(stallMs, STALL);
      const { progress } = current.machine;
      if (progress !== current.progress) {
        current.progress = progress;
        return;
      }
      current.stalls += 1;
      if (current.stalls >= maxStalls) finish(current);
      else feed(current, () => current.machine.connected());
    },
  };
}
