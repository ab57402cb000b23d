import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** The repository's root folder. */
export const rootFolder: string = join(import.meta.dirname, '..', '..');

/** Runs a program of `node_modules` on this Node, in the root folder; returns its exit code and output. */
export function runStep(
  modulePath: string,
  args: readonly string[],
  options: { readonly inherit?: boolean } = {},
): Promise<{ readonly exitCode: number; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(rootFolder, modulePath), ...args], {
      cwd: rootFolder,
      stdio: options.inherit === true ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    });
    const chunks: Uint8Array[] = [];
    child.stdout?.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    child.stderr?.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ exitCode: code ?? 1, output: Buffer.concat(chunks).toString('utf8') });
    });
  });
}
