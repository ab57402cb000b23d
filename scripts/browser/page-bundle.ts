import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { listen } from './in-page.ts';

/**
 * One module script of `entry` (a TypeScript file that exports `cases` or
 * `benchmarks`) with everything it imports, from sources, and the listener that
 * runs them on request.
 */
export async function bundlePage(entry: URL): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: [
        `import * as subject from ${JSON.stringify(fileURLToPath(entry))};`,
        `import { ${listen.name} } from './in-page.ts';`,
        `${listen.name}(subject);`,
      ].join('\n'),
      resolveDir: import.meta.dirname,
      loader: 'ts',
    },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'esnext',
    conditions: ['pars-source'],
    // A page may fetch nothing: what it needs lies inside the script.
    loader: { '.wasm': 'binary' },
    logLevel: 'silent',
  });
  const [script] = outputFiles;
  if (script === undefined) throw new Error('esbuild wrote nothing');
  return script.text;
}
