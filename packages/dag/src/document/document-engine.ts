import type { DocumentEdit, DocumentScalar, Mark } from './document-edit.ts';

/** Where in the history of a document its engine stands: the last operation of every writer that nothing follows. */
export interface EngineVersion {
  readonly heads: readonly { readonly writer: bigint; readonly operation: number }[];
}

/** What came of the edits of one update. */
export interface WrittenEdits {
  /** `undefined` when nothing has changed. */
  readonly version: EngineVersion | undefined;
  /** How many edits fitted. */
  readonly applied: number;
}

/** A stretch of text under the same marks. */
export interface TextSpan {
  readonly text: string;
  /** Absent where there are none. */
  readonly marks?: Readonly<Partial<Record<Mark, DocumentScalar>>>;
}

/** A node of a tree. */
export interface DocumentNode {
  /** Equal in every replica, for good. */
  readonly name: string;
  /** The node that it hangs below; absent at the top. */
  readonly parent?: string;
  readonly values: Readonly<Record<string, DocumentScalar>>;
}

/** What a person sees of a document, part by part. Plain data, fresh at every call; parts that hold nothing are absent. */
export interface DocumentValue {
  readonly texts: Readonly<Record<string, readonly TextSpan[]>>;
  readonly maps: Readonly<Record<string, Readonly<Record<string, DocumentScalar>>>>;
  readonly lists: Readonly<Record<string, readonly DocumentScalar[]>>;
  /** Depth first: each node behind its parent, siblings in their order. Flat, since nobody bounds the depth. */
  readonly trees: Readonly<Record<string, readonly DocumentNode[]>>;
}

/** One state of a document that can be edited, such as what its owner sees while typing. */
export interface EngineView {
  /**
   * Applies one edit, the `index`th of the update called `label`. `false`, and
   * nothing changed, when it does not fit this state: a place beyond the end, a
   * node that is not there, a move below itself.
   */
  apply(edit: DocumentEdit, label: string, index: number): boolean;
  value(): DocumentValue;
  /** Code points of a text. */
  textLength(part: string): number;
  /** Gives its memory back; the view must not be used after that. */
  free(): void;
}

/**
 * The graph of versions of one document. It never sees bytes of strangers: it
 * is asked to do checked edits in the state that their author saw, and merges
 * the outcomes. The same writes in any causal order give the same value.
 */
export interface EngineDocument {
  /**
   * Applies edits to the state at `base`, in the name of `writer`, until one does
   * not fit.
   */
  write(
    base: EngineVersion,
    writer: bigint,
    label: string,
    edits: readonly DocumentEdit[],
  ): WrittenEdits;
  /** The least version that holds all of these. */
  join(versions: readonly EngineVersion[]): EngineVersion;
  value(): DocumentValue;
  textLength(part: string): number;
  /** A state of its own at `base`. */
  view(base: EngineVersion): EngineView;
  /** For {@link RichDocumentEngine.load}; for the same program on the same device only. */
  save(): Uint8Array;
  free(): void;
}

/** A library for rich documents behind one small door, so that it can be replaced. */
export interface RichDocumentEngine {
  /** Name and version of the format of `save`. */
  readonly format: string;
  create(): EngineDocument;
  /** `undefined` unless these are bytes that `save` gave. */
  load(bytes: Uint8Array): EngineDocument | undefined;
}
