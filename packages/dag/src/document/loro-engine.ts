import { type Codec, createCodec, ParsError, schema } from '@pars/base';
import { type LoroDoc, type PeerID, type TreeID, VersionVector } from 'loro-crdt/base64';
import { type DocumentEdit, MAX_DOCUMENT_OPERATIONS } from './document-edit.ts';
import type {
  EngineDocument,
  EngineVersion,
  EngineView,
  RichDocumentEngine,
  WrittenEdits,
} from './document-engine.ts';
import {
  applyEdit,
  codePointsOf,
  configure,
  createLoro,
  createNodeNames,
  type NodeNames,
  readValue,
} from './loro-edits.ts';

/**
 * Loro behind the door of an engine (PIP-1001 §9). What several wrote at once is
 * done again in the state that each author saw, by a document of their own that
 * stands there, and merged by the library.
 *
 * It reads no clock. It draws random numbers for a writer's number of its own,
 * which is replaced before anything is written: they reach no state.
 */
export const loroEngine: RichDocumentEngine = Object.freeze({
  format: 'loro 1',
  create: () => createDocument(createLoro(), createNodeNames()),
  load(bytes: Uint8Array) {
    const saved = savedCodec.decode(bytes);
    if (!saved.ok) return undefined;
    const doc = createLoro();
    const nodes = createNodeNames();
    try {
      doc.import(saved.value.snapshot);
    } catch {
      return undefined;
    }
    for (const { name, id } of saved.value.nodes) nodes.add(name, id as TreeID);
    return createDocument(doc, nodes);
  },
});

/** Most documents that stand in the state of some author who has not seen everything. */
const MAX_ASIDE = 4;

/** A number that no writer has. */
const NOBODY = 2n ** 63n;

/** A document that stands at some version, with operations that the main one may lack. */
interface Aside {
  readonly doc: LoroDoc;
  at: EngineVersion | undefined;
  isAhead: boolean;
}

function createDocument(main: LoroDoc, nodes: NodeNames): EngineDocument {
  let newest = versionOf(main);
  /** By writer, the one used longest ago first. */
  const asideByWriter = new Map<bigint, Aside>();

  /** Gives the main document what was written aside. */
  function gather(): void {
    for (const aside of asideByWriter.values()) {
      if (!aside.isAhead) continue;
      main.import(aside.doc.export({ mode: 'update', from: main.oplogVersion() }));
      aside.isAhead = false;
    }
    newest = versionOf(main);
  }

  function asideAt(base: EngineVersion, writer: bigint): Aside {
    const known = asideByWriter.get(writer);
    asideByWriter.delete(writer);
    const aside = known ?? newAside();
    asideByWriter.set(writer, aside);
    if (isSame(aside.at, base)) return aside;
    aside.doc.import(main.export({ mode: 'update', from: aside.doc.oplogVersion() }));
    aside.doc.checkout(frontiersOf(base));
    aside.doc.setPeerId(NOBODY);
    aside.at = base;
    return aside;
  }

  function newAside(): Aside {
    const [oldest] = asideByWriter;
    if (oldest !== undefined && asideByWriter.size >= MAX_ASIDE) {
      asideByWriter.delete(oldest[0]);
      oldest[1].doc.free();
    }
    const doc = main.fork();
    configure(doc);
    doc.setPeerId(NOBODY);
    doc.setDetachedEditing(true);
    return { doc, at: undefined, isAhead: false };
  }

  return {
    write(base, writer, label, edits) {
      const own = asideByWriter.get(writer);
      const isOwn = own !== undefined && isSame(own.at, base);
      if (!isOwn && !isSame(base, newest)) gather();
      if (!isOwn && isSame(base, newest)) {
        const after = writeInto(main, base, writer, nodes, label, edits);
        if (after.version !== undefined) newest = after.version;
        return after;
      }
      const aside = asideAt(base, writer);
      const after = writeInto(aside.doc, base, writer, nodes, label, edits);
      if (after.version !== undefined) {
        aside.at = after.version;
        aside.isAhead = true;
      }
      return after;
    },
    join(versions) {
      gather();
      const reach = new Map<PeerID, number>();
      for (const version of versions) {
        for (const [peer, count] of main.frontiersToVV(frontiersOf(version)).toJSON()) {
          reach.set(peer, Math.max(reach.get(peer) ?? 0, count));
        }
      }
      return versionFrom(main.vvToFrontiers(new VersionVector(reach)));
    },
    value() {
      gather();
      return readValue(main, nodes);
    },
    textLength(part) {
      gather();
      return codePointsOf(main, part);
    },
    view(base) {
      gather();
      const doc = isSame(base, newest) ? main.fork() : main.forkAt(frontiersOf(base));
      configure(doc);
      return viewOf(doc, createNodeNames(nodes));
    },
    save() {
      gather();
      const snapshot = main.export({ mode: 'snapshot' });
      const listed = Array.from(nodes.entries(), ([name, id]) => ({ name, id }));
      return savedCodec.encode({ snapshot, nodes: listed });
    },
    free() {
      for (const aside of asideByWriter.values()) aside.doc.free();
      asideByWriter.clear();
      main.free();
    },
  };
}

/** A state of its own, for somebody who is writing. */
function viewOf(doc: LoroDoc, nodes: NodeNames): EngineView {
  return {
    apply: (edit, label, index) => attempt(doc, nodes, edit, label, index),
    value: () => readValue(doc, nodes),
    textLength: (part) => codePointsOf(doc, part),
    free: () => doc.free(),
  };
}

/** The document must stand at `base`. */
function writeInto(
  doc: LoroDoc,
  base: EngineVersion,
  writer: bigint,
  nodes: NodeNames,
  label: string,
  edits: readonly DocumentEdit[],
): WrittenEdits {
  if (operationsBefore(doc, base) >= MAX_DOCUMENT_OPERATIONS) {
    return { version: undefined, applied: 0 };
  }
  doc.setPeerId(writer);
  const unfit = edits.findIndex((edit, index) => !attempt(doc, nodes, edit, label, index));
  doc.commit();
  // The library gives up when operations arrive from the writer that a document is set to.
  doc.setPeerId(NOBODY);
  const after = versionOf(doc);
  return {
    version: isSame(after, base) ? undefined : after,
    applied: unfit === -1 ? edits.length : unfit,
  };
}

function attempt(
  doc: LoroDoc,
  nodes: NodeNames,
  edit: DocumentEdit,
  label: string,
  index: number,
): boolean {
  try {
    return applyEdit(doc, nodes, edit, label, index);
  } catch (error) {
    // Every refusal that the library is known to give is asked for beforehand, so this is a defect of it or of ours.
    throw new ParsError('dag/engine-failed', { edit: edit.type }, { cause: error });
  }
}

function operationsBefore(doc: LoroDoc, base: EngineVersion): number {
  const upperBound = doc.opCount();
  if (upperBound < MAX_DOCUMENT_OPERATIONS) return upperBound;
  let operations = 0;
  for (const count of doc.frontiersToVV(frontiersOf(base)).toJSON().values()) operations += count;
  return operations;
}

type Frontiers = ReturnType<LoroDoc['frontiers']>;

function versionOf(doc: LoroDoc): EngineVersion {
  return versionFrom(doc.frontiers());
}

function versionFrom(frontiers: Frontiers): EngineVersion {
  const heads = frontiers.map(({ peer, counter }) => ({
    writer: BigInt(peer),
    operation: counter,
  }));
  return { heads };
}

function frontiersOf({ heads }: EngineVersion): Frontiers {
  return heads.map(({ writer, operation }) => ({
    peer: `${writer}` as PeerID,
    counter: operation,
  }));
}

/** Whether both name the same heads, in whatever order. */
function isSame(a: EngineVersion | undefined, b: EngineVersion): boolean {
  if (a === b) return true;
  if (a?.heads.length !== b.heads.length) return false;
  return b.heads.every((head) =>
    a.heads.some(({ writer, operation }) => writer === head.writer && operation === head.operation),
  );
}

const MAX_SAVED_BYTES = 16 * 1024 * 1024;

const savedCodec: Codec<{
  readonly snapshot: Uint8Array;
  readonly nodes: readonly { readonly name: string; readonly id: string }[];
}> = createCodec(
  'dag loro document',
  schema.struct({
    snapshot: [0, schema.bytes({ max: MAX_SAVED_BYTES })],
    nodes: [
      1,
      schema.array(
        schema.struct({
          name: [0, schema.text({ maxBytes: 80 })],
          id: [1, schema.text({ maxBytes: 40 })],
        }),
        { max: 2 ** 22 },
      ),
    ],
  }),
  { maxBytes: MAX_SAVED_BYTES },
);
