import { stripTypeScriptTypes } from 'node:module';

/** One module of a script, as it was written. */
export interface ModuleSource {
  readonly text: string;
  /** Types are removed from `ts`. */
  readonly kind: 'ts' | 'js';
}

/**
 * Joins a few modules into one classic script that ends by calling `start`:
 * browsers run no modules in pages that are opened from a folder. Imports are
 * dropped, so whatever a module imports must stand before it or be global.
 * Throws when something is left that only a module may hold.
 */
export function createClassicScript(modules: readonly ModuleSource[], start: string): string {
  const bodies = modules.map(({ text, kind }) => {
    const script = kind === 'ts' ? stripTypeScriptTypes(text) : text;
    return withoutDeadSpace(
      script
        .replaceAll(/^import\b[^;]*;$/gm, '')
        .replaceAll(/^export (?=(?:async )?function|const|class)/gm, ''),
    );
  });
  const joined = bodies.join('\n');
  if (/^\s*(?:import|export)\b/m.test(joined)) {
    throw new Error('a script of the site holds an import or export of an unknown form');
  }
  return `(() => {\n'use strict';\n${joined}\n${start}();\n})();\n`;
}

/** The script without block comments of whole lines, blank lines and spaces at line ends. */
export function withoutDeadSpace(script: string): string {
  return script
    .replaceAll(/^[ \t]*\/\*[^]*?\*\/$/gm, '')
    .replaceAll(/[ \t]+$/gm, '')
    .replaceAll(/\n{2,}/g, '\n')
    .trim();
}
