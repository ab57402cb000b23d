export {
  type AuthoredUpdate,
  type DocumentDeps,
  openDocument,
  type RichDocument,
  type UpdatePlace,
  type WriteVertex,
} from './document.ts';
export type { DocumentDraft } from './document-draft.ts';
export {
  type DocumentScalar,
  MARKS,
  MAX_EDIT_TEXT_BYTES,
  MAX_EDITS,
  MAX_NAME_BYTES,
  MAX_UPDATE_BYTES,
  type Mark,
} from './document-edit.ts';
export type { DocumentNode, DocumentValue, TextSpan } from './document-value.ts';
