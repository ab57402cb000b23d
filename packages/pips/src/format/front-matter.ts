import type { ParseProblem, PipsErrorCode } from '../errors.ts';
import { readPlainMapping } from './plain-mapping.ts';
import type { FrontMatterField } from './proposal.ts';
import { proposalLimits } from './proposal-limits.ts';
import { readYamlMapping } from './yaml-mapping.ts';

/** The front matter and where the body begins. */
export interface FrontMatterParse {
  readonly fields: readonly FrontMatterField[];
  readonly bodyOffset: number;
  readonly problems: readonly ParseProblem[];
}

/**
 * Reads the front matter: a YAML mapping of texts and of lists of texts. All
 * values are texts (`0002` keeps its zeros). Anchors, tags, comments, nested
 * values, keys that come twice and further documents are problems.
 */
export function parseFrontMatter(text: string): FrontMatterParse {
  const opening = /^\ufeff?---[ \t]*(?:\r\n|\r|\n)/.exec(text)?.[0];
  if (opening === undefined) {
    return failed('pips/no-front-matter', 'The file does not begin with a line ---', 0, 0);
  }
  const start = opening.length;
  const limit = start + proposalLimits.frontMatterLength;
  const closing = /^(?:---)[ \t]*(?:\r\n|\r|\n|$)/gm;
  closing.lastIndex = start;
  const end = closing.exec(text.slice(0, limit + 5));
  if (end === null || end.index > limit) {
    const message = `No line --- ends the front matter within ${proposalLimits.frontMatterLength} characters`;
    return failed('pips/front-matter-unclosed', message, 0, start);
  }
  const source = text.slice(start, end.index);
  const bodyOffset = end.index + end[0].length;
  const plain = readPlainMapping(source, start);
  const { fields, problems } =
    plain === undefined ? readYamlMapping(source, start) : { fields: plain, problems: [] };
  return { fields, problems, bodyOffset };
}

function failed(
  code: PipsErrorCode,
  message: string,
  offset: number,
  endOffset: number,
): FrontMatterParse {
  const bodyOffset = code === 'pips/no-front-matter' ? 0 : endOffset;
  return { fields: [], bodyOffset, problems: [{ code, message, offset, endOffset }] };
}
