import { compareBytes, equalBytes, type Failure, ok, ParsError, type Result } from '@pars/base';
import { bytesToKey } from '../byte-key.ts';
import { type DagFailureCode, dagError } from '../errors.ts';
import type { LoggedVertex } from '../replica/difference.ts';
import type { Replica } from '../replica/replica.ts';
import { decodeVertex, type HashDep, MAX_PARENTS, type VertexId } from '../vertex.ts';
import { type AuthorChains, createAuthorChains } from './author-chains.ts';
import { type DocumentDraft, type OpenDraft, openDraft } from './document-draft.ts';
import { type DocumentEdit, decodeUpdate, encodeUpdate } from './document-edit.ts';
import {
  applyUpdate,
  createDocumentState,
  type DocumentState,
  idsNamedBy,
  readDocument,
} from './document-state.ts';
import type { DocumentValue } from './document-value.ts';
import { restoreState, SAVED_VERSION, savedDocumentCodec, saveState } from './saved-document.ts';

/** What the layer above finds in a vertex: who signed it, and the bytes of their update. */
export interface AuthoredUpdate {
  /** 32 bytes that stand for the signing device; never the same for two devices. */
  readonly author: Uint8Array;
  /** Bytes of a stranger, read here. */
  readonly update: Uint8Array;
}

/** What a document is made of. */
export interface DocumentDeps extends HashDep {
  readonly replica: Replica;
  /** Opens an admitted vertex; `undefined` when it carries no update of this document. The same answer at every call. */
  readonly read: (vertex: LoggedVertex) => Promise<AuthoredUpdate | undefined>;
}

/** Where the vertex of an update has to stand. */
export interface UpdatePlace {
  readonly parents: readonly VertexId[];
  readonly time: number;
}

/**
 * Seals and signs an update as a vertex with exactly these parents and this time,
 * and resolves to its encoding. Another place is a bug: `ParsError`.
 */
export type WriteVertex = (place: UpdatePlace, update: Uint8Array) => Promise<Uint8Array>;

/**
 * A rich text, lists, maps and trees that many write at once, as vertices of
 * one space (PIP-1001 §9). What it shows is a function of the set of vertices in
 * the replica: neither order nor repetition matters.
 *
 * Calls run one after the other.
 */
export interface RichDocument extends AsyncDisposable {
  /** What was applied last; `catchUp` brings what came since. */
  value(): DocumentValue;
  /** Code points of a text. */
  textLength(part: string): number;
  /**
   * Applies what the replica received since, each vertex once, ancestors first. To be called before the replica is
   * pruned: what was forgotten unseen is a bug, `ParsError` with `dag/document-needs-state`, here and in `draft` and `commit`.
   */
  catchUp(signal?: AbortSignal): Promise<void>;
  /** How often an author signed concurrent vertices with one key: a stolen or cheating device. For the layer above to show. */
  readonly forks: number;
  /** Updates that broke the format or had an edit that named what is not there: that edit changed nothing. */
  readonly voidUpdates: number;
  /** Starts to write on what the replica holds now. Close it by `commit` or `discard`. */
  draft(signal?: AbortSignal): Promise<DocumentDraft>;
  /**
   * Makes vertices of a draft, one for each 64 KiB of edits, and takes them in; typing in one go is one edit.
   * Fails with what the replica refused; earlier vertices of the same draft stay.
   */
  commit(
    draft: DocumentDraft,
    write: WriteVertex,
    signal?: AbortSignal,
  ): Promise<Result<readonly VertexId[], Failure>>;
  discard(draft: DocumentDraft): void;
  /**
   * The state for {@link openDocument} on the same device, so that only later
   * vertices need to be applied. Bytes to be kept under authentication, not to
   * be sent. Fails with `dag/state-too-large` beyond 16 MiB.
   */
  save(): Promise<Result<Uint8Array, Failure<DagFailureCode>>>;
}

/**
 * Opens the document of a replica: from its log, or from a saved state and what
 * the log has since. Fails with `dag/state-malformed` when `saved` is no saved
 * state of this space, and with `dag/document-needs-state` when the replica
 * was pruned and there is none, or one that lacks some of what was forgotten.
 */
export async function openDocument(
  deps: DocumentDeps,
  options: { readonly saved?: Uint8Array } = {},
  signal?: AbortSignal,
): Promise<Result<RichDocument, Failure<DagFailureCode>>> {
  if (options.saved === undefined && deps.replica.base !== undefined) {
    return dagError('dag/document-needs-state');
  }
  const state = openState(deps, options.saved);
  if (!state.ok) return state;
  const { sequence } = state.value;
  const [next] = await deps.replica.log(sequence, 1, signal);
  if (next !== undefined && isGap(sequence, next)) return dagError('dag/document-needs-state');
  const document = createDocument(deps, state.value);
  await document.catchUp(signal);
  return ok(document);
}

/** Everything that applying vertices changes. */
interface OpenState {
  readonly parts: DocumentState;
  readonly chains: AuthorChains;
  readonly drafts: Map<DocumentDraft, PlacedDraft>;
  sequence: number;
  voidUpdates: number;
}

interface PlacedDraft extends OpenDraft {
  readonly place: UpdatePlace;
  /** Heads that are more than a vertex has parents, the newest first. */
  readonly rest: readonly VertexId[];
}

function createDocument(deps: DocumentDeps, state: OpenState): RichDocument {
  const { replica } = deps;
  const { drafts } = state;
  let turn: Promise<unknown> = Promise.resolve();
  let isClosed = false;

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = turn.then(async () => {
      requireOpen();
      return await work();
    });
    turn = next.catch(() => undefined);
    return await next;
  }

  function requireOpen(): void {
    if (isClosed) throw new ParsError('dag/closed');
  }

  /** The place of the next own vertex, above everything that was applied. */
  async function nextPlace(signal?: AbortSignal): Promise<Pick<PlacedDraft, 'place' | 'rest'>> {
    for (;;) {
      await applyLog(deps, state, signal);
      const { sequence } = replica;
      const heads = await replica.frontier(signal);
      const [newest] = heads;
      const top = newest === undefined ? undefined : await replica.get(newest, signal);
      if (replica.sequence !== sequence) continue;
      const parents = heads.slice(0, MAX_PARENTS).toSorted(compareBytes);
      return { place: { parents, time: 1 + (top?.time ?? 0) }, rest: heads.slice(MAX_PARENTS) };
    }
  }

  async function writeDraft(
    open: PlacedDraft,
    write: WriteVertex,
    signal?: AbortSignal,
  ): Promise<Result<readonly VertexId[], Failure>> {
    let { place } = open;
    // More heads than parents: updates without edits join them first.
    for (let from = 0; from < open.rest.length; from += MAX_PARENTS - 1) {
      const joined = await writeVertex(place, encodeUpdate([]), write, signal);
      if (!joined.ok) return joined;
      const more = open.rest.slice(from, from + MAX_PARENTS - 1);
      place = {
        parents: [...joined.value.parents, ...more].toSorted(compareBytes),
        time: joined.value.time,
      };
    }
    const written: VertexId[] = [];
    for (let number = 0; number < open.updateCount; number += 1) {
      const next = await writeVertex(place, open.update(number, written), write, signal);
      if (!next.ok) return next;
      written.push(...next.value.parents);
      place = next.value;
    }
    await applyLog(deps, state, signal);
    return ok(written);
  }

  /** Resolves to the place right above the new vertex. */
  async function writeVertex(
    place: UpdatePlace,
    update: Uint8Array,
    write: WriteVertex,
    signal?: AbortSignal,
  ): Promise<Result<UpdatePlace, Failure>> {
    const encoding = await write(place, update);
    const vertex = decodeVertex(deps, replica.space, encoding);
    if (!vertex.ok) return vertex;
    if (!standsAt(vertex.value, place)) {
      throw new ParsError('dag/argument', { what: 'place of a vertex' });
    }
    const receipt = await replica.receive(OWN_SOURCE, [encoding], signal);
    const [refusal] = receipt.refused;
    if (refusal !== undefined) return { ok: false, error: refusal.failure };
    return ok({ parents: [vertex.value.id], time: vertex.value.time + 1 });
  }

  return {
    value() {
      requireOpen();
      return readDocument(state.parts);
    },
    textLength(part) {
      requireOpen();
      return state.parts.texts.get(part)?.tree.visibleCount ?? 0;
    },
    catchUp: async (signal) => await inTurn(async () => await applyLog(deps, state, signal)),
    get forks() {
      return state.chains.forks;
    },
    get voidUpdates() {
      return state.voidUpdates;
    },
    draft: async (signal) =>
      await inTurn(async () => {
        const above = await nextPlace(signal);
        const open = openDraft(state.parts, above.place.time + above.rest.length);
        drafts.set(open.draft, Object.assign(open, above));
        return open.draft;
      }),
    commit: async (draft, write, signal) =>
      await inTurn(async () => {
        const open = drafts.get(draft);
        if (open === undefined) throw new ParsError('dag/argument', { what: 'draft' });
        drafts.delete(draft);
        try {
          return await writeDraft(open, write, signal);
        } finally {
          open.close();
        }
      }),
    discard(draft) {
      drafts.get(draft)?.close();
      drafts.delete(draft);
    },
    save: async () => await inTurn(async () => saveDocument(deps, state)),
    async [Symbol.asyncDispose]() {
      await turn;
      isClosed = true;
      for (const open of drafts.values()) open.close();
      drafts.clear();
    },
  };
}

function standsAt(vertex: UpdatePlace, { parents, time }: UpdatePlace): boolean {
  const isAmong = (id: VertexId) => vertex.parents.some((parent) => equalBytes(parent, id));
  return vertex.time === time && vertex.parents.length === parents.length && parents.every(isAmong);
}

const OWN_SOURCE = 'own document';
const PAGE = 512;

/** Applies the rest of the log. */
async function applyLog(deps: DocumentDeps, state: OpenState, signal?: AbortSignal): Promise<void> {
  while (state.sequence < deps.replica.sequence) {
    const page = await deps.replica.log(state.sequence, PAGE, signal);
    const [next] = page;
    if (next !== undefined && isGap(state.sequence, next)) {
      throw new ParsError('dag/document-needs-state');
    }
    if (page.length > 0) for (const draft of state.drafts.values()) draft.freeze();
    for (const vertex of page) await applyVertex(deps, state, vertex, signal);
    if (page.length < PAGE) return;
  }
}

/** Whether the replica forgot what comes after `sequence`. Numbers have no gaps otherwise. */
function isGap(sequence: number, next: LoggedVertex): boolean {
  return next.sequence !== sequence + 1;
}

async function applyVertex(
  deps: DocumentDeps,
  state: OpenState,
  vertex: LoggedVertex,
  signal?: AbortSignal,
): Promise<void> {
  const authored = await deps.read(vertex);
  if (authored === undefined) {
    state.sequence = vertex.sequence;
    return;
  }
  const { author, update } = authored;
  if (author.length !== 32) throw new ParsError('dag/argument', { what: 'author' });
  const edits = decodeUpdate(update);
  const known = edits.ok ? await knownAmong(deps, vertex, edits.value, signal) : new Set();
  await state.chains.admit({ author, id: vertex.id, time: vertex.time });
  // From here on nothing waits: a vertex is applied wholly or not at all.
  const { id, time } = vertex;
  const knows = (past: VertexId) => known.has(bytesToKey(past));
  const applied = edits.ok ? applyUpdate(state.parts, edits.value, { id, time, knows }) : 0;
  if (!edits.ok || applied < edits.value.length) state.voidUpdates += 1;
  state.sequence = vertex.sequence;
}

/** Of the vertices that an update names, those that are before it. */
async function knownAmong(
  { replica }: DocumentDeps,
  { id }: LoggedVertex,
  edits: readonly DocumentEdit[],
  signal?: AbortSignal,
): Promise<ReadonlySet<string>> {
  const known = new Set<string>();
  for (const [key, past] of idsNamedBy(edits)) {
    if (await replica.includes(id, past, signal)) known.add(key);
  }
  return known;
}

function openState(
  deps: DocumentDeps,
  saved: Uint8Array | undefined,
): Result<OpenState, Failure<DagFailureCode>> {
  const { replica } = deps;
  const chains = createAuthorChains(async (of, past) => await replica.includes(of, past));
  const empty = { chains, drafts: new Map(), sequence: 0, voidUpdates: 0 };
  if (saved === undefined) return ok({ ...empty, parts: createDocumentState() });
  const read = savedDocumentCodec.decode(saved);
  if (!read.ok) return dagError('dag/state-malformed', { reason: read.error.code });
  const { version, space, sequence, voidUpdates, state } = read.value;
  const isOurs =
    version === SAVED_VERSION &&
    bytesToKey(space) === bytesToKey(replica.space) &&
    sequence <= replica.sequence;
  const parts = isOurs ? restoreState(state) : undefined;
  if (parts === undefined) return dagError('dag/state-malformed');
  chains.restore(read.value.chains);
  return ok({ ...empty, parts, sequence, voidUpdates });
}

function saveDocument(
  deps: DocumentDeps,
  { parts, chains, sequence, voidUpdates }: OpenState,
): Result<Uint8Array, Failure<DagFailureCode>> {
  try {
    return ok(
      savedDocumentCodec.encode({
        version: SAVED_VERSION,
        space: deps.replica.space,
        sequence,
        voidUpdates,
        state: saveState(parts),
        chains: chains.list(),
      }),
    );
  } catch (error) {
    if (error instanceof ParsError && error.code.startsWith('base/cbor-')) {
      return dagError('dag/state-too-large');
    }
    throw error;
  }
}
