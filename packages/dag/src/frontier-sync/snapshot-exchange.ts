import { equalBytes } from '@pars/base';
import { decodeVertex, type HashDep, type SpaceId, type VertexId } from '../vertex.ts';
import { type ExchangeBudget, earlyPieceOverhead, mostEarlyWindows } from './exchange-budget.ts';
import { type FrontierMessageOf, snapshotPartOverhead, tagLength } from './frontier-message.ts';
import {
  createSnapshotAssembly,
  createSnapshotStream,
  type SnapshotAssembly,
  type SnapshotStream,
} from './snapshot.ts';
import { fail, read, send, type Work } from './work.ts';

/** Moves snapshots: serves the own one, and pulls the other side's (PIP-1003 §14). */
export interface SnapshotExchange {
  readonly progress: number;
  /** The other side's base is not here: asks for its snapshot, from where it stopped. */
  pull(base: VertexId): Work;
  /** Nothing is wanted any more, or nobody will answer. What has come is kept. */
  pause(): void;
  onWantSnapshot(message: FrontierMessageOf<'want-snapshot'>, messageLength: number): Work;
  /** `none`: the other side has none to give. */
  onSnapshot(message: FrontierMessageOf<'snapshot'>): Work<'none' | 'wait'>;
  /** `imported`: the own replica is another one now. */
  onPart(message: FrontierMessageOf<'snapshot-part'>): Work<'imported' | 'wait'>;
}

/** Snapshots that one machine begins to take. */
const mostSnapshots = 4;
const noRoot = new Uint8Array(32);

export function createSnapshotExchange(
  deps: HashDep,
  { space, sharedWindow, budget }: SnapshotContext,
): SnapshotExchange {
  let wantedBase: VertexId | undefined;
  let assembly: SnapshotAssembly | undefined;
  let early = new Map<number, Uint8Array>();
  /** What they take. */
  let earlySize = 0;
  /** How far the stream was asked for. */
  let askedTo = 0;
  let begunCount = 0;
  let served: SnapshotStream | undefined;
  let progress = 0;

  function* askForMore(current: SnapshotAssembly): Work {
    const { root, length: offset, totalLength } = current;
    const length = Math.min(sharedWindow(), totalLength - offset);
    askedTo = offset + length;
    yield* send({ type: 'want-snapshot', root, offset, length });
  }

  function* finish(current: SnapshotAssembly): Work<'imported'> {
    const content = current.content();
    if (content === undefined) return yield* fail('dag/bad-snapshot');
    const base = decodeVertex(deps, space, content.base, wantedBase);
    if (!base.ok) yield* fail('dag/bad-snapshot', { reason: base.error.code });
    const reply = yield { kind: 'import', ...content };
    if (reply.what === 'imported' && !reply.result.ok) {
      yield* fail('dag/snapshot-refused', { reason: reply.result.error.code });
    }
    progress += 1;
    assembly = undefined;
    wantedBase = undefined;
    begunCount = 0;
    budget.gain(current.totalLength);
    return 'imported';
  }

  return {
    get progress() {
      return progress;
    },
    *pull(base) {
      wantedBase = base;
      early = new Map();
      earlySize = 0;
      if (assembly !== undefined) yield* askForMore(assembly);
      else yield* send({ type: 'want-snapshot', root: noRoot, offset: 0, length: 0 });
    },
    pause() {
      wantedBase = undefined;
      early = new Map();
      earlySize = 0;
    },
    *onWantSnapshot({ root, offset, length }, messageLength) {
      if (served === undefined || !equalBytes(served.root, root)) {
        const { snapshot } = yield* read({ kind: 'read', what: 'snapshot' });
        served = snapshot && createSnapshotStream(deps, space, snapshot);
        // Reading and hashing all of it is the price of a question of 41 bytes.
        if (!budget.spend((served?.contentLength ?? 0) / 16)) yield* fail('dag/sync-exhausted');
      }
      if (served === undefined || !equalBytes(served.root, root)) {
        const known = { root: served?.root ?? noRoot, contentLength: served?.contentLength ?? 0 };
        yield* send({ type: 'snapshot', ...known });
        return;
      }
      if (!budget.spend(length / 8)) yield* fail('dag/sync-exhausted');
      const tag = root.subarray(0, tagLength);
      const bytes = served.slice(offset, Math.min(length, sharedWindow()));
      for (let at = 0; at < bytes.length; at += messageLength - snapshotPartOverhead) {
        const part = bytes.subarray(at, at + messageLength - snapshotPartOverhead);
        yield* send({ type: 'snapshot-part', tag, offset: offset + at, bytes: part });
      }
    },
    *onSnapshot({ root, contentLength }) {
      if (wantedBase === undefined) return 'wait';
      if (contentLength === 0) return 'none';
      if (assembly === undefined || !equalBytes(assembly.root, root)) {
        begunCount += 1;
        if (begunCount > mostSnapshots) yield* fail('dag/sync-exhausted');
        assembly = createSnapshotAssembly(deps, space, root, contentLength);
        if (assembly === undefined) return yield* fail('dag/bad-snapshot');
        early = new Map();
        earlySize = 0;
        yield* askForMore(assembly);
      }
      return 'wait';
    },
    *onPart({ tag, offset, bytes }) {
      const current = assembly;
      if (wantedBase === undefined || current === undefined) return 'wait';
      if (!equalBytes(tag, current.root.subarray(0, tagLength))) return 'wait';
      if (offset + bytes.length > askedTo) {
        // Late, of a question before the last link broke; else nobody asked for it.
        return 'wait';
      }
      if (offset > current.length) {
        const size = earlyPieceOverhead + bytes.length;
        const isRoom = earlySize + size <= mostEarlyWindows * sharedWindow();
        if (isRoom && !early.has(offset)) {
          early.set(offset, bytes);
          earlySize += size;
        }
        return 'wait';
      }
      const before = current.length;
      let next: { readonly offset: number; readonly bytes: Uint8Array } | undefined = {
        offset,
        bytes,
      };
      while (next !== undefined) {
        if (!current.add(next.offset, next.bytes)) yield* fail('dag/bad-snapshot');
        const waiting: Uint8Array | undefined = early.get(current.length);
        if (early.delete(current.length)) {
          earlySize -= earlyPieceOverhead + (waiting?.length ?? 0);
        }
        next = waiting && { offset: current.length, bytes: waiting };
      }
      if (current.length > before) {
        progress += 1;
        budget.gain(current.length - before);
      }
      if (current.length === current.totalLength) return yield* finish(current);
      if (current.length >= askedTo) yield* askForMore(current);
      return 'wait';
    },
  };
}

/** What a snapshot exchange needs. */
export interface SnapshotContext {
  readonly space: SpaceId;
  /** Bytes that may be under way. */
  readonly sharedWindow: () => number;
  readonly budget: ExchangeBudget;
}
