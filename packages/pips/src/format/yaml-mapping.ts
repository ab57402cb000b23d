import { isAlias, isMap, isScalar, isSeq, type Node, parseDocument, Schema, visit } from 'yaml';
import type { ParseProblem, PipsErrorCode } from '../errors.ts';
import type { FrontMatterField } from './proposal.ts';

/** All scalars are texts. Made once: it is most of the cost of a small document. */
const FAILSAFE = new Schema({ schema: 'failsafe' });

/** Deepest list or mapping that is handed to the YAML parser. */
const MAX_OPEN_BRACKETS = 64;

/** What a front matter says, and what is wrong with it. */
export interface MappingParse {
  readonly fields: readonly FrontMatterField[];
  readonly problems: readonly ParseProblem[];
}

/** Reads a mapping of texts and lists of texts with the YAML parser. `start` is where it stands in the file. */
export function readYamlMapping(source: string, start: number): MappingParse {
  const fields: FrontMatterField[] = [];
  const problems: ParseProblem[] = [];
  const report = (code: PipsErrorCode, message: string, from = 0, to = from): void => {
    problems.push({ code, message, offset: start + from, endOffset: start + to });
  };
  if (isTooDeep(source)) {
    report('pips/front-matter-value', 'Lists and mappings are nested too deep', 0);
    return { fields, problems };
  }
  const marker = /^(?:\.\.\.|%)/m.exec(source);
  if (marker !== null) {
    report(
      'pips/front-matter-syntax',
      'The front matter is one document',
      marker.index,
      marker.index + 1,
    );
    return { fields, problems };
  }
  const document = parseDocument(source, {
    schema: FAILSAFE,
    strict: true,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  for (const { message, pos } of [...document.errors, ...document.warnings]) {
    report('pips/front-matter-syntax', message.split('\n')[0] ?? message, pos[0], pos[1]);
  }
  const { contents } = document;
  if (contents === null) return { fields, problems };
  if (!isMap(contents)) {
    report('pips/front-matter-syntax', 'The front matter is no list of `field: value`', 0);
    return { fields, problems };
  }
  if (document.comment !== null || document.commentBefore !== null) {
    report('pips/front-matter-value', 'The front matter holds a comment', 0);
  }
  visit(contents, {
    Node: (_key, node) => {
      const refused = refusedFeature(node);
      const [from = 0, to = from] = node.range ?? [];
      if (refused !== undefined) report('pips/front-matter-value', refused, from, to);
    },
  });
  const seen = new Set<string>();
  for (const { key, value } of contents.items) {
    const name = textOf(key);
    const range = isScalar(key) ? key.range : undefined;
    const [from = 0, to = from] = range ?? [];
    if (name === undefined) {
      report('pips/front-matter-value', 'A field has no plain name', from, to);
      continue;
    }
    if (seen.has(name)) report('pips/front-matter-duplicate', `\`${name}\` stands twice`, from, to);
    seen.add(name);
    const field = readValue(value);
    const [valueFrom = to, valueTo = valueFrom] = rangeOf(value) ?? [];
    if (field === undefined) {
      const message = `\`${name}\` is neither a text nor a list of texts`;
      report('pips/front-matter-value', message, valueFrom, valueTo);
      continue;
    }
    fields.push({
      key: name,
      value: field,
      keyOffset: start + from,
      valueOffset: start + valueFrom,
      valueEnd: start + valueTo,
    });
  }
  return { fields, problems };
}

/** A cheap look before parsing, so that nobody's nesting becomes our recursion. */
function isTooDeep(source: string): boolean {
  const brackets = source.match(/[[{]/g)?.length ?? 0;
  return brackets > MAX_OPEN_BRACKETS || /^[ \t]*(?:[-?:][ \t]+){4}/m.test(source);
}

function refusedFeature(node: Node): string | undefined {
  if (isAlias(node)) return 'Aliases are not allowed';
  if (isScalar(node) || isSeq(node) || isMap(node)) {
    if (node.anchor !== undefined) return 'Anchors are not allowed';
    if (node.tag !== undefined && !/^tag:yaml\.org,2002:(str|seq|map)$/.test(node.tag)) {
      return 'Tags are not allowed';
    }
    if (node.comment || node.commentBefore) return 'Comments are not allowed';
  }
  return undefined;
}

function readValue(value: unknown): string | readonly string[] | undefined {
  if (value === null) return '';
  if (!isSeq(value)) return textOf(value);
  const items = value.items.map(textOf);
  return items.every((item) => item !== undefined) ? items : undefined;
}

function textOf(node: unknown): string | undefined {
  if (!isScalar(node)) return undefined;
  if (node.value === null) return '';
  return typeof node.value === 'string' ? node.value.normalize('NFC') : undefined;
}

function rangeOf(node: unknown): readonly number[] | undefined {
  return isScalar(node) || isSeq(node) || isMap(node) ? (node.range ?? undefined) : undefined;
}
