import { escapeHtml, type Html, trustedHtml } from '../html/html.ts';

/** Largest drawing, in bytes of Graphviz' output; larger ones would burst the page. */
const MAX_SVG_LENGTH = 262_144;

/** Most elements in a drawing. */
const MAX_ELEMENTS = 3_000;

/**
 * Copies the geometry and the texts out of Graphviz' output into a new drawing
 * that holds nothing else: no link, script, style, image, id, colour or address.
 * The input comes from hostile text, so nothing of it is passed on as markup.
 * `undefined` when it is no such output or too large.
 */
export function redrawDiagram(svg: string, label: string): Html | undefined {
  if (svg.length > MAX_SVG_LENGTH) return undefined;
  let size: { readonly width: number; readonly height: number; readonly box: string } | undefined;
  let markup = '';
  let elements = 0;
  const open: (string | undefined)[] = [];
  for (const piece of piecesOf(svg)) {
    if (piece.kind === 'text') {
      if (open.at(-1) === 'text') markup += escapeHtml(decodeText(piece.text));
      continue;
    }
    if (piece.kind === 'end') {
      const name = open.pop();
      if (name !== undefined && name !== 'svg') markup += `</${name}>`;
      continue;
    }
    elements += 1;
    if (elements > MAX_ELEMENTS || open.length > 64) return undefined;
    if (piece.name === 'svg' && size === undefined) {
      size = sizeOf(piece.attributes);
      open.push('svg');
      continue;
    }
    const allowed = ELEMENTS.get(piece.name);
    if (!piece.isClosed) open.push(allowed === undefined ? undefined : piece.name);
    if (allowed === undefined) continue;
    markup += `<${piece.name}${attributesToMarkup(piece, allowed)}${piece.isClosed ? '/' : ''}>`;
  }
  if (size === undefined || open.length > 0) return undefined;
  const { width, height, box } = size;
  return trustedHtml(
    `<svg class="diagram" role="img" aria-label="${escapeHtml(label)}" width="${width}" height="${height}" viewBox="${box}">${markup}</svg>`,
  );
}

type Piece =
  | {
      readonly kind: 'start';
      readonly name: string;
      readonly attributes: ReadonlyMap<string, string>;
      readonly isClosed: boolean;
    }
  | { readonly kind: 'end' }
  | { readonly kind: 'text'; readonly text: string };

const NUMBER = /^-?\d{1,6}(?:\.\d{1,6})?$/;
const NUMBERS = /^[-\d., ]{1,100000}$/;

/** What an attribute must look like to be copied. */
const SHAPES: Readonly<Record<string, RegExp>> = {
  cx: NUMBER,
  cy: NUMBER,
  rx: NUMBER,
  ry: NUMBER,
  x: NUMBER,
  y: NUMBER,
  'font-size': NUMBER,
  'stroke-width': NUMBER,
  'stroke-dasharray': /^\d{1,3}(?:,\d{1,3}){0,7}$/,
  'font-weight': /^bold$/,
  'text-anchor': /^(?:start|middle|end)$/,
  points: NUMBERS,
  d: /^[MCLZz\-\d., ]{1,100000}$/,
  transform: /^[a-z]+\([-\d., ]+\)(?: [a-z]+\([-\d., ]+\)){0,3}$/,
  class: /^(?:graph|node|edge|cluster)$/,
};

const STROKES = ['stroke-width', 'stroke-dasharray'];

/** The elements that are copied, with their attributes. `<title>` is not: browsers would show it as a tip. */
const ELEMENTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['g', ['class', 'transform']],
  ['polygon', ['points', ...STROKES]],
  ['polyline', ['points', ...STROKES]],
  ['path', ['d', ...STROKES]],
  ['ellipse', ['cx', 'cy', 'rx', 'ry', ...STROKES]],
  ['text', ['x', 'y', 'text-anchor', 'font-size', 'font-weight']],
]);

function* piecesOf(svg: string): Generator<Piece> {
  // Comments, declarations, tags and what is between them; a tag's quoted values may hold `>`.
  const pattern =
    /<!--[^]*?-->|<[?!][^>]*>|<\/[^>]*>|<([a-zA-Z]+)((?:[^<>"']|"[^"]*"|'[^']*')*)>|([^<]+)/g;
  for (const [all, name, attributes = '', text] of svg.matchAll(pattern)) {
    if (text !== undefined) yield { kind: 'text', text };
    else if (name !== undefined) {
      yield {
        kind: 'start',
        name,
        attributes: attributesOf(attributes),
        isClosed: attributes.trimEnd().endsWith('/'),
      };
    } else if (all.startsWith('</')) yield { kind: 'end' };
  }
}

function attributesOf(source: string): ReadonlyMap<string, string> {
  return new Map(
    Array.from(source.matchAll(/([a-zA-Z:-]+)="([^"]*)"/g), ([, name = '', value = '']) => [
      name,
      value,
    ]),
  );
}

function attributesToMarkup(
  piece: Extract<Piece, { kind: 'start' }>,
  allowed: readonly string[],
): string {
  const kept = allowed.flatMap((name) => {
    const value = piece.attributes.get(name);
    return value !== undefined && SHAPES[name]?.test(value) === true ? [` ${name}="${value}"`] : [];
  });
  // A filled shape is an arrow's head; all others are outlines. The colours are the page's.
  const fill = piece.attributes.get('fill');
  const stroke = piece.attributes.get('stroke');
  const isBackground = stroke === 'none' && fill === 'white';
  const isHead =
    piece.name === 'polygon' && fill !== undefined && fill !== 'none' && fill === stroke;
  if (isBackground) kept.push(' class="paper"');
  else if (isHead) kept.push(' class="head"');
  return kept.join('');
}

function sizeOf(
  attributes: ReadonlyMap<string, string>,
): { readonly width: number; readonly height: number; readonly box: string } | undefined {
  const box = attributes.get('viewBox') ?? '';
  const numbers = box.split(' ').map(Number);
  const [, , width = 0, height = 0] = numbers;
  if (numbers.length !== 4 || !numbers.every(Number.isFinite) || width <= 0 || height <= 0) {
    return undefined;
  }
  return { width: Math.ceil(width), height: Math.ceil(height), box: numbers.join(' ') };
}

function decodeText(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(amp|lt|gt|quot|apos));/gi, (...match) => {
    const [all, decimal, hexadecimal, name] = match as (string | undefined)[];
    if (name !== undefined) return NAMED.get(name) ?? '';
    const point = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal);
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : (all ?? '');
  });
}

const NAMED: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);
