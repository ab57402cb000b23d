import type { DocumentScalar, Mark } from './document-edit.ts';

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
