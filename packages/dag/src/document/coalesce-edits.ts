import { utf8ToBytes } from '@pars/base';
import { type DocumentEdit, type EditRef, MAX_EDIT_TEXT_BYTES, mapRefs } from './document-edit.ts';

/**
 * The same edits with each stretch of typing as one insertion: an insertion right
 * after the last code point of the insertion before it becomes part of that. What
 * the draft itself made is named by the number of its edit among these `edits`,
 * and then among the result.
 */
export function coalesceEdits(edits: readonly DocumentEdit[]): readonly DocumentEdit[] {
  const merged: DocumentEdit[] = [];
  /** Where each edit went, and what came before it there. */
  const moved: { readonly edit: number; readonly shift: number }[] = [];
  let open: OpenInsertion | undefined;

  function place<Ref extends EditRef>(ref: Ref): Ref {
    const target = ref.id === undefined ? moved[ref.edit] : undefined;
    if (target === undefined) return ref;
    const { edit, shift } = target;
    // A reference without an offset names an item or a node: nothing comes before it.
    return 'offset' in ref
      ? { ...ref, edit, offset: Number(ref.offset) + shift }
      : { ...ref, edit };
  }

  function close(): void {
    if (open !== undefined) merged[open.index] = { ...open.first, text: open.texts.join('') };
    open = undefined;
  }

  for (const edit of edits) {
    const own = mapRefs(edit, place);
    const bytes = own.type === 'text-insert' ? utf8ToBytes(own.text).length : 0;
    if (own.type === 'text-insert' && open !== undefined && isNext(open, own, bytes)) {
      moved.push({ edit: open.index, shift: open.length });
      open.texts.push(own.text);
      open.bytes += bytes;
      open.length += [...own.text].length;
      continue;
    }
    close();
    moved.push({ edit: merged.length, shift: 0 });
    if (own.type === 'text-insert') {
      const { length } = [...own.text];
      open = { index: merged.length, first: own, texts: [own.text], bytes, length };
    }
    merged.push(own);
  }
  close();
  return merged;
}

type Insertion = Extract<DocumentEdit, { readonly type: 'text-insert' }>;

interface OpenInsertion {
  readonly index: number;
  readonly first: Insertion;
  readonly texts: string[];
  bytes: number;
  /** In code points. */
  length: number;
}

function isNext(open: OpenInsertion, { part, at }: Insertion, bytes: number): boolean {
  return (
    at?.id === undefined &&
    at?.edit === open.index &&
    at.side === 'after' &&
    at.offset === open.length - 1 &&
    part === open.first.part &&
    open.bytes + bytes <= MAX_EDIT_TEXT_BYTES
  );
}
