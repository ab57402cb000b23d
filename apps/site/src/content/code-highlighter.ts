import { createCssVariablesTheme, createHighlighterCore } from 'shiki/core';
import { createOnigurumaEngine } from 'shiki/engine/oniguruma';
import { escapeHtml, type Html, trustedHtml } from '../html/html.ts';

/** Colours code by classes, never by inline styles, so that both themes share one page. */
export interface CodeHighlighter {
  /** `undefined` for a language that it does not know and for code that is too large to colour. */
  highlight(code: string, language: string): Html | undefined;
}

/** Largest code block that is coloured, in UTF-16 units; a larger one is shown plain. */
const MAX_CODE_LENGTH = 32_768;

/** Longest line that is coloured, in UTF-16 units. */
const MAX_LINE_LENGTH = 1_000;

/** Loads the grammars once. The engine is Oniguruma, which bounds the work of each match. */
export async function createCodeHighlighter(): Promise<CodeHighlighter> {
  const core = await createHighlighterCore({
    themes: [createCssVariablesTheme({ name: THEME, variablePrefix: '--', fontStyle: false })],
    langs: GRAMMARS.map((load) => load()),
    engine: createOnigurumaEngine(import('shiki/wasm')),
  });
  const known = new Set(core.getLoadedLanguages());
  const cache = new Map<string, Html>();
  return {
    highlight(code, language) {
      if (!known.has(language) || code.length > MAX_CODE_LENGTH) return undefined;
      const key = `${language}\n${code}`;
      const cached = cache.get(key);
      if (cached !== undefined) return cached;
      const lines = core.codeToTokensBase(code, {
        lang: language,
        theme: THEME,
        tokenizeMaxLineLength: MAX_LINE_LENGTH,
        tokenizeTimeLimit: 0,
      });
      const coloured = trustedHtml(lines.map(lineToMarkup).join('\n'));
      cache.set(key, coloured);
      return coloured;
    },
  };
}

const THEME = 'pars';

const GRAMMARS = [
  () => import('shiki/langs/typescript.mjs'),
  () => import('shiki/langs/javascript.mjs'),
  () => import('shiki/langs/json.mjs'),
  () => import('shiki/langs/yaml.mjs'),
  () => import('shiki/langs/toml.mjs'),
  () => import('shiki/langs/bash.mjs'),
  () => import('shiki/langs/python.mjs'),
  () => import('shiki/langs/rust.mjs'),
  () => import('shiki/langs/c.mjs'),
  () => import('shiki/langs/solidity.mjs'),
  () => import('shiki/langs/markdown.mjs'),
  () => import('shiki/langs/http.mjs'),
  () => import('shiki/langs/diff.mjs'),
  () => import('shiki/langs/proto.mjs'),
];

/** The theme's variables and the classes of the style sheet; what is not here keeps the ink. */
const CLASSES: ReadonlyMap<string, string> = new Map([
  ['var(--token-comment)', 'c'],
  ['var(--token-keyword)', 'k'],
  ['var(--token-string)', 's'],
  ['var(--token-string-expression)', 's'],
  ['var(--token-constant)', 'n'],
  ['var(--token-function)', 'f'],
  ['var(--token-link)', 's'],
  ['var(--token-inserted)', 'i'],
  ['var(--token-deleted)', 'd'],
]);

interface ColouredText {
  readonly content: string;
  readonly color?: string;
}

/** Neighbours of one colour become one element: most of a page's weight would be tags otherwise. */
function lineToMarkup(tokens: readonly ColouredText[]): string {
  const runs: { text: string; name: string | undefined }[] = [];
  for (const { content, color = '' } of tokens) {
    const last = runs.at(-1);
    const name = content.trim() === '' ? last?.name : CLASSES.get(color);
    if (last !== undefined && last.name === name) last.text += content;
    else runs.push({ text: content, name });
  }
  return runs
    .map(({ text, name }) =>
      name === undefined ? escapeHtml(text) : `<span class="t-${name}">${escapeHtml(text)}</span>`,
    )
    .join('');
}
