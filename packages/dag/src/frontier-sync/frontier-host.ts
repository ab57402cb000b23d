import type { Failure, Result } from '@pars/base';
import type { Receipt } from '../replica/admission.ts';
import type { Replica } from '../replica/replica.ts';
import type { VertexId } from '../vertex.ts';
import type {
  FrontierAnswer,
  FrontierEffect,
  FrontierRead,
  FrontierSync,
} from './frontier-machine.ts';
import type { SnapshotContent } from './snapshot.ts';

/** Where a machine's questions go. */
export interface FrontierHost {
  /** Called anew for each question: after an import it is another one. */
  readonly replica: () => Replica;
  /** The `source` of the machine's options. */
  readonly source: string;
  /** Base and sealed state there, if this member can give them. */
  readonly snapshot?: (signal?: AbortSignal) => Promise<SnapshotContent | undefined>;
  /** Judges a snapshot and makes a new replica of it. Absent: none is taken. */
  readonly importSnapshot?: (
    snapshot: SnapshotContent,
    signal?: AbortSignal,
  ) => Promise<Result<void, Failure>>;
}

/**
 * Performs what needs the replica, as long as there is something, and resolves to
 * the effects that are left for the carrier: `send`, `end` and `fail`, in order.
 * What the replica throws is thrown; then the machine is of no more use.
 */
export async function settleFrontierEffects(
  machine: FrontierSync,
  host: FrontierHost,
  effects: readonly FrontierEffect[],
  signal?: AbortSignal,
): Promise<readonly CarrierEffect[]> {
  const left: CarrierEffect[] = [];
  let open: readonly FrontierEffect[] = effects;
  while (open.length > 0) {
    let next: readonly FrontierEffect[] = [];
    for (const effect of open) {
      if (effect.kind === 'read') {
        next = machine.loaded(await answerFrontierRead(host, effect, signal));
      } else if (effect.kind === 'admit') {
        next = machine.admitted(await receive(host, effect.encodings, signal));
      } else if (effect.kind === 'import') {
        const { base, state } = effect;
        const { importSnapshot } = host;
        next = machine.imported(
          importSnapshot === undefined
            ? { ok: false, error: { code: 'dag/snapshot-refused' } }
            : await importSnapshot({ base, state }, signal),
        );
      } else {
        left.push(effect);
      }
    }
    open = next;
  }
  return left;
}

/** What is left of {@link FrontierEffect} when the replica has been asked. */
export type CarrierEffect = Extract<FrontierEffect, { readonly kind: 'send' | 'end' | 'fail' }>;

/** Answers one question of a machine from a replica. */
export async function answerFrontierRead(
  host: FrontierHost,
  question: FrontierRead,
  signal?: AbortSignal,
): Promise<FrontierAnswer> {
  const replica = host.replica();
  const { what } = question;
  switch (what) {
    case 'place': {
      const heads = await replica.frontier(signal);
      return { what, heads, sequence: replica.sequence, base: replica.base };
    }
    case 'has': {
      const held: boolean[] = [];
      for (const id of question.ids) held.push(await replica.has(id, signal));
      return { what, held };
    }
    case 'samples': {
      const ids: VertexId[] = [];
      for (const sequence of question.sequences) {
        const [entry] = await replica.log(sequence, 1, signal);
        if (entry !== undefined) ids.push(entry.id);
      }
      return { what, ids };
    }
    case 'difference': {
      const { heads, from, maxVertices, maxBytes } = question;
      const bounds = { from, maxVertices, maxBytes };
      return { what, result: await replica.difference(heads, bounds, signal) };
    }
    case 'vertex': {
      const vertex = await replica.get(question.id, signal);
      return { what, bytes: vertex?.bytes };
    }
    case 'missing':
      return { what, ids: replica.missing(question.limit) };
    case 'snapshot':
      return { what, snapshot: await host.snapshot?.(signal) };
  }
}

async function receive(
  host: FrontierHost,
  encodings: readonly Uint8Array[],
  signal: AbortSignal | undefined,
): Promise<Receipt> {
  return await host.replica().receive(host.source, encodings, signal);
}
