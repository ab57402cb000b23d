import type { Token } from 'markdown-it';
import { plainText } from '../markdown/proposal-markdown.ts';
import type { SourceRange } from './source-range.ts';
import type { SourceText } from './source-text.ts';

/** A piece of running text with its place in the file. */
export interface InlineElement extends SourceRange {
  readonly kind: 'text' | 'code' | 'html' | 'link' | 'image';
  /** The text of a text, the code, the tag, the label of a link, the alternative text of an image. */
  readonly text: string;
  /** Where a character of `text` stands in the file; exact for texts. */
  readonly offsetAt: (index: number) => number;
  /** The address of a link or image, as it will be followed. */
  readonly href: string;
  /** Between `[` and `]` of a link. */
  readonly isInLink: boolean;
  /** In a heading. */
  readonly isInHeading: boolean;
  readonly isSafeHtml: boolean;
  /** Which paragraph, heading or cell of the file, counted from 0. */
  readonly block: number;
}

/** How far behind its expected place a piece is looked for. */
const SEARCH_LENGTH = 2_048;

/**
 * The running text of a body in its order. markdown-it keeps only lines, so each
 * piece is found again in the source; where that fails, the place is that of the
 * piece before it. Linear in the size of the body.
 */
export function inlineElements(
  tokens: readonly Token[],
  source: SourceText,
  bodyOffset: number,
): readonly InlineElement[] {
  const firstLine = source.lineAt(bodyOffset);
  const elements: InlineElement[] = [];
  let map: readonly [number, number] = [0, 0];
  let cursor = bodyOffset;
  let block = 0;
  for (const [index, token] of tokens.entries()) {
    if (token.map !== null) map = token.map;
    if (token.type !== 'inline' || token.children === null) continue;
    const start = source.lineStart(firstLine + map[0]);
    const end = source.lineStart(firstLine + map[1]);
    const locator = createLocator(source.text, Math.max(cursor, start), Math.max(end, start));
    const isInHeading = tokens[index - 1]?.type === 'heading_open';
    readChildren(token.children, locator, { block, isInHeading, elements });
    cursor = locator.position();
    block += 1;
  }
  return elements;
}

interface Sink {
  readonly block: number;
  readonly isInHeading: boolean;
  readonly elements: InlineElement[];
}

function readChildren(children: readonly Token[], locator: Locator, sink: Sink): void {
  const open: { readonly at: number; readonly href: string; readonly from: number }[] = [];
  const add = (
    kind: InlineElement['kind'],
    place: Place,
    rest: { text: string; href?: string; isSafeHtml?: boolean },
  ): void => {
    sink.elements.push({
      kind,
      href: '',
      isSafeHtml: false,
      isInLink: open.length > 0,
      isInHeading: sink.isInHeading,
      block: sink.block,
      ...place,
      ...rest,
    });
  };
  for (const [index, token] of children.entries()) {
    switch (token.type) {
      case 'text':
        if (token.content !== '') add('text', locator.take(token.content), { text: token.content });
        break;
      case 'code_inline': {
        const { offset } = locator.take(token.markup);
        locator.take(token.content);
        const { endOffset } = locator.take(token.markup);
        add('code', fixedPlace(offset, endOffset), { text: token.content });
        break;
      }
      case 'html_inline': {
        const isSafeHtml = token.meta?.['isSafe'] === true;
        add('html', locator.take(token.content), { text: token.content, isSafeHtml });
        break;
      }
      case 'link_open': {
        const { offset } = locator.take(token.markup === 'autolink' ? '<' : '[');
        open.push({ at: offset, href: addressOf(token, 'href'), from: index });
        break;
      }
      case 'link_close': {
        const link = open.pop();
        const endOffset =
          token.markup === 'autolink' ? locator.take('>').endOffset : locator.skipDestination();
        if (link === undefined) break;
        const text = children
          .slice(link.from + 1, index)
          .map((child) => (child.type === 'html_inline' ? '' : plainText(child)))
          .join('');
        add('link', fixedPlace(link.at, endOffset), { text, href: link.href });
        break;
      }
      case 'image': {
        const { offset } = locator.take('![');
        const text = plainText(token);
        locator.take(text);
        add('image', fixedPlace(offset, locator.skipDestination()), {
          text,
          href: addressOf(token, 'src'),
        });
        break;
      }
      case 'softbreak':
      case 'hardbreak':
        locator.nextLine();
        break;
      default:
        if (token.markup !== '') locator.take(token.markup);
    }
  }
}

function addressOf(token: Token, attribute: string): string {
  const refused = token.meta?.['refused'];
  return typeof refused === 'string' ? refused : String(token.attrGet(attribute) ?? '');
}

type Place = SourceRange & { readonly offsetAt: (index: number) => number };

interface Locator {
  /** Finds a piece from here on and goes behind it. */
  readonly take: (piece: string) => Place;
  /** Goes behind `](…)`, `][…]` or `]`. */
  readonly skipDestination: () => number;
  readonly nextLine: () => void;
  readonly position: () => number;
}

function createLocator(text: string, start: number, end: number): Locator {
  let cursor = start;
  return {
    position: () => cursor,
    take: (piece) => {
      const window = text.slice(cursor, Math.min(end, cursor + piece.length + SEARCH_LENGTH));
      const found = window.indexOf(piece);
      if (found === -1) {
        const places = alignPiece(window, piece, cursor);
        const last = places.at(-1) ?? cursor;
        const offset = places[0] ?? cursor;
        cursor = places.length === 0 ? cursor : last + 1;
        return { offset, endOffset: cursor, offsetAt: (index) => places[index] ?? cursor };
      }
      const offset = cursor + found;
      cursor = offset + piece.length;
      return fixedPlace(offset, cursor);
    },
    skipDestination: () => {
      const window = text.slice(cursor, Math.min(end, cursor + SEARCH_LENGTH));
      const [closing] =
        /^[^\]]*\](?:\((?:<[^>]*>|\\.|[^()\\]|\((?:\\.|[^()\\])*\))*\)|\[[^\]]*\])?/s.exec(
          window,
        ) ?? [''];
      cursor += closing.length;
      return cursor;
    },
    nextLine: () => {
      const found = /\r\n|\r|\n/.exec(text.slice(cursor, Math.min(end, cursor + SEARCH_LENGTH)));
      if (found !== null) cursor += found.index + found[0].length;
    },
  };
}

function fixedPlace(offset: number, endOffset: number): Place {
  return { offset, endOffset, offsetAt: (index) => Math.min(offset + index, endOffset) };
}

/**
 * Where each character of a text stands whose source holds escapes or entities.
 * Characters that cannot be found stand where the one before stood.
 */
function alignPiece(window: string, piece: string, from: number): number[] {
  const places: number[] = [];
  let at = Math.max(window.search(/\S/), 0);
  for (const character of piece) {
    if (window[at] === '\\' && character !== '\\') at += 1;
    const entity =
      window[at] === '&' ? /^&#?\w{1,32};/.exec(window.slice(at, at + 36))?.[0] : undefined;
    for (let unit = 0; unit < character.length; unit += 1)
      places.push(from + Math.min(at, window.length));
    if (entity !== undefined) at += entity.length;
    else if (window.startsWith(character, at)) at += character.length;
    else if (character !== ' ') at += 1;
  }
  return places;
}
