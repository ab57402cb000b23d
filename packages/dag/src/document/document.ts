import { equalBytes, type Failure, hex, ok, ParsError, type Result } from '@pars/base';
import { bytesFromKey, bytesToKey } from '../byte-key.ts';
import { type DagFailureCode, dagError } from '../errors.ts';
import type { LoggedVertex } from '../replica/difference.ts';
import type { Replica } from '../replica/replica.ts';
import { decodeVertex, type HashDep, type VertexId, vertexIds } from '../vertex.ts';
import { type DocumentDraft, type OpenDraft, openDraft } from './document-draft.ts';
import { decodeUpdate, MAX_EDITS, type NodeRef } from './document-edit.ts';
import type {
  DocumentValue,
  EngineDocument,
  EngineVersion,
  RichDocumentEngine,
} from './document-engine.ts';
import { type SavedDocument, savedDocumentCodec } from './saved-document.ts';
import { createWriterNumbers, type WriterNumbers } from './writer-numbers.ts';

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
  readonly engine: RichDocumentEngine;
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
 * Calls run one after the other. After `dag/engine-failed` open it again.
 */
export interface RichDocument extends AsyncDisposable {
  /** What was applied last; `catchUp` brings what came since. */
  value(): DocumentValue;
  /** Code points of a text. */
  textLength(part: string): number;
  /** Applies what the replica received since, each vertex once, ancestors first. */
  catchUp(signal?: AbortSignal): Promise<Result<void, Failure<DagFailureCode>>>;
  /** How often an author signed concurrent vertices with one key: a stolen or cheating device. For the layer above to show. */
  readonly forks: number;
  /** Updates that broke the format or had an edit that did not fit: it and what follows it in the update changed nothing. */
  readonly voidUpdates: number;
  /** Starts to write on what the replica holds now. Close it by `commit` or `discard`. */
  draft(signal?: AbortSignal): Promise<Result<DocumentDraft, Failure<DagFailureCode>>>;
  /**
   * Makes vertices of a draft, one for each 64 KiB of edits, and takes them in.
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
 * state of this space and engine, and with `dag/document-needs-state` when the replica
 * was pruned and there is none.
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
  const document = createDocument(deps, state.value);
  const caught = await document.catchUp(signal);
  return caught.ok ? ok(document) : caught;
}

/** Everything that applying vertices changes. */
interface DocumentState {
  engine: EngineDocument;
  sequence: number;
  readonly writers: WriterNumbers;
  readonly versionByVertex: Map<string, VertexVersion>;
  voidUpdates: number;
}

interface VertexVersion {
  readonly version: EngineVersion;
  /** Whether the vertex itself brought operations: its version is one head then. */
  readonly isOwn: boolean;
}

function createDocument(deps: DocumentDeps, state: DocumentState): RichDocument {
  const { replica } = deps;
  const drafts = new Map<DocumentDraft, OpenDraft & { readonly place: UpdatePlace }>();
  let turn: Promise<unknown> = Promise.resolve();
  let isClosed = false;

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = turn.then(async () => {
      if (isClosed) throw new ParsError('dag/closed');
      try {
        return await work();
      } catch (error) {
        if (error instanceof ParsError && error.code === 'dag/engine-failed') isClosed = true;
        throw error;
      }
    });
    turn = next.catch(() => undefined);
    return await next;
  }

  function requireOpen(): void {
    if (isClosed) throw new ParsError('dag/closed');
  }

  /** The place of the next own vertex, all of whose parents were applied. */
  async function nextPlace(
    signal?: AbortSignal,
  ): Promise<Result<UpdatePlace, Failure<DagFailureCode>>> {
    for (;;) {
      const place = await replica.nextPlace(signal);
      const isApplied = place.parents.every((id) => state.versionByVertex.has(bytesToKey(id)));
      if (isApplied) return ok(place);
      const caught = await applyLog(deps, state, signal);
      if (!caught.ok) return caught;
    }
  }

  async function writeDraft(
    open: OpenDraft & { readonly place: UpdatePlace },
    write: WriteVertex,
    signal?: AbortSignal,
  ): Promise<Result<readonly VertexId[], Failure>> {
    const written: VertexId[] = [];
    let { place } = open;
    for (let number = 0; number < open.updateCount; number += 1) {
      const encoding = await write(place, open.update(number, written));
      const vertex = decodeVertex(deps, replica.space, encoding);
      if (!vertex.ok) return vertex;
      if (!standsAt(vertex.value, place))
        throw new ParsError('dag/argument', { what: 'place of a vertex' });
      const receipt = await replica.receive(OWN_SOURCE, [encoding], signal);
      const [refusal] = receipt.refused;
      if (refusal !== undefined) return { ok: false, error: refusal.failure };
      written.push(vertex.value.id);
      place = { parents: [vertex.value.id], time: vertex.value.time + 1 };
    }
    const caught = await applyLog(deps, state, signal);
    return caught.ok ? ok(written) : caught;
  }

  return {
    value() {
      requireOpen();
      return state.engine.value();
    },
    textLength(part) {
      requireOpen();
      return state.engine.textLength(part);
    },
    catchUp: async (signal) => await inTurn(async () => await applyLog(deps, state, signal)),
    get forks() {
      return state.writers.forks;
    },
    get voidUpdates() {
      return state.voidUpdates;
    },
    draft: async (signal) =>
      await inTurn(async () => {
        const place = await nextPlace(signal);
        if (!place.ok) return place;
        const view = state.engine.view(versionAt(state, place.value.parents));
        const open = openDraft(view, refOfName);
        drafts.set(open.draft, Object.assign(open, { place: place.value }));
        return ok(open.draft);
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
    save: async () => await inTurn(async () => saveState(deps, state)),
    async [Symbol.asyncDispose]() {
      await turn;
      if (isClosed) return;
      isClosed = true;
      for (const open of drafts.values()) open.close();
      drafts.clear();
      state.engine.free();
    },
  };
}

function standsAt(vertex: UpdatePlace, { parents, time }: UpdatePlace): boolean {
  const isAmong = (id: VertexId) => vertex.parents.some((parent) => equalBytes(parent, id));
  return vertex.time === time && vertex.parents.length === parents.length && parents.every(isAmong);
}

const OWN_SOURCE = 'own document';
const PAGE = 512;

/** Applies the rest of the log; from the beginning when numbers of writers have changed. */
async function applyLog(
  deps: DocumentDeps,
  state: DocumentState,
  signal?: AbortSignal,
): Promise<Result<void, Failure<DagFailureCode>>> {
  for (;;) {
    const page = await deps.replica.log(state.sequence, PAGE, signal);
    const opened: OpenedVertex[] = [];
    let isStale = false;
    // All numbers of a page first: whoever signed concurrent vertices costs one new beginning a page at most.
    for (const vertex of page) {
      const entry = await openVertex(deps, vertex);
      opened.push(entry);
      if (entry.authored === undefined) continue;
      const { author } = entry.authored;
      if (await state.writers.admit({ author, id: vertex.id, time: vertex.time })) isStale = true;
    }
    if (isStale) {
      const restarted = restart(deps, state);
      if (!restarted.ok) return restarted;
      continue;
    }
    for (const vertex of opened) {
      applyVertex(state, vertex);
      state.sequence = vertex.sequence;
    }
    if (page.length < PAGE) return ok(undefined);
  }
}

interface OpenedVertex {
  readonly id: VertexId;
  readonly sequence: number;
  readonly parents: readonly VertexId[];
  readonly authored: AuthoredUpdate | undefined;
}

async function openVertex(deps: DocumentDeps, vertex: LoggedVertex): Promise<OpenedVertex> {
  const decoded = decodeVertex(deps, deps.replica.space, vertex.bytes, vertex.id);
  if (!decoded.ok) throw new ParsError('dag/store-corrupt');
  const authored = await deps.read(vertex);
  if (authored !== undefined && authored.author.length !== 32) {
    throw new ParsError('dag/argument', { what: 'author' });
  }
  return { id: vertex.id, sequence: vertex.sequence, parents: decoded.value.parents, authored };
}

function applyVertex(state: DocumentState, { id, parents, authored }: OpenedVertex): void {
  const key = bytesToKey(id);
  if (state.versionByVertex.has(key)) return;
  const base = versionAt(state, parents);
  const after = authored === undefined ? undefined : applyUpdate(state, id, base, authored.update);
  state.versionByVertex.set(key, { version: after ?? base, isOwn: after !== undefined });
}

function applyUpdate(
  state: DocumentState,
  id: VertexId,
  base: EngineVersion,
  update: Uint8Array,
): EngineVersion | undefined {
  const edits = decodeUpdate(update);
  const count = edits.ok ? edits.value.length : 0;
  const written = edits.ok
    ? state.engine.write(base, state.writers.numberOf(id), hex.encode(id), edits.value)
    : undefined;
  if (written === undefined || written.applied < count) state.voidUpdates += 1;
  return written?.version;
}

/** What somebody saw who names these parents. */
function versionAt(state: DocumentState, parents: readonly VertexId[]): EngineVersion {
  const versions = parents.flatMap((id) => {
    const known = state.versionByVertex.get(bytesToKey(id));
    // Below a snapshot: everybody who writes has seen it.
    return known === undefined ? [] : [known];
  });
  const [first] = versions;
  if (first === undefined) return { heads: [] };
  if (versions.length === 1) return first.version;
  // No parent is an ancestor of another, so neither is one of the heads, unless a parent brought nothing.
  if (versions.every(({ isOwn }) => isOwn)) {
    return { heads: versions.flatMap(({ version }) => version.heads) };
  }
  return state.engine.join(versions.map(({ version }) => version));
}

/** Begins the document anew; the numbers of writers stay. */
function restart(deps: DocumentDeps, state: DocumentState): Result<void, Failure<DagFailureCode>> {
  if (deps.replica.base !== undefined) return dagError('dag/document-needs-state');
  state.engine.free();
  state.engine = deps.engine.create();
  state.sequence = 0;
  state.voidUpdates = 0;
  state.versionByVertex.clear();
  return ok(undefined);
}

/** The vertex and edit in a name as a value shows it. */
function refOfName(name: string): NodeRef | undefined {
  const [idText = '', editText = ''] = name.split('.');
  const id = hex.decode(idText, { maxBytes: 32 });
  const edit = Number(editText);
  if (!id.ok || !Number.isInteger(edit) || edit >= MAX_EDITS) return;
  const branded = vertexIds.fromBytes(id.value);
  return branded.ok ? { id: branded.value, edit } : undefined;
}

function openState(
  deps: DocumentDeps,
  saved: Uint8Array | undefined,
): Result<DocumentState, Failure<DagFailureCode>> {
  const { replica } = deps;
  const includes = async (of: VertexId, past: VertexId) => await replica.includes(of, past);
  const state: DocumentState = {
    engine: deps.engine.create(),
    sequence: 0,
    writers: createWriterNumbers(deps, replica.space, includes),
    versionByVertex: new Map(),
    voidUpdates: 0,
  };
  if (saved === undefined) return ok(state);
  const read = savedDocumentCodec.decode(saved);
  if (!read.ok) return dagError('dag/state-malformed', { reason: read.error.code });
  return restore(deps, state, read.value);
}

function restore(
  deps: DocumentDeps,
  state: DocumentState,
  saved: SavedDocument,
): Result<DocumentState, Failure<DagFailureCode>> {
  const isOurs =
    bytesToKey(saved.space) === bytesToKey(deps.replica.space) &&
    saved.format === deps.engine.format &&
    saved.sequence <= deps.replica.sequence;
  const engine = isOurs ? deps.engine.load(saved.engine) : undefined;
  if (engine === undefined) return dagError('dag/state-malformed');
  state.engine.free();
  state.engine = engine;
  state.sequence = saved.sequence;
  state.voidUpdates = saved.voidUpdates;
  for (const { id, heads, isOwn } of saved.vertices) {
    state.versionByVertex.set(bytesToKey(id), { version: { heads }, isOwn });
  }
  state.writers.restore(saved.writers);
  return ok(state);
}

function saveState(
  deps: DocumentDeps,
  state: DocumentState,
): Result<Uint8Array, Failure<DagFailureCode>> {
  try {
    return ok(
      savedDocumentCodec.encode({
        space: deps.replica.space,
        format: deps.engine.format,
        sequence: state.sequence,
        voidUpdates: state.voidUpdates,
        engine: state.engine.save(),
        vertices: Array.from(state.versionByVertex, ([key, { version, isOwn }]) => ({
          id: bytesFromKey(key) as VertexId,
          heads: version.heads,
          isOwn,
        })),
        writers: state.writers.list(),
      }),
    );
  } catch (error) {
    if (error instanceof ParsError && error.code.startsWith('base/cbor-')) {
      return dagError('dag/state-too-large');
    }
    throw error;
  }
}
