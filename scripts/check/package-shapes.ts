import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { listPackages } from '../build/packages.ts';

/** Every built package can be imported as its `exports` promise. */
export async function checkPackageShapes(root: string): Promise<string> {
  const complaints: string[] = [];
  for (const name of await listPackages(root)) {
    const { messages, pkg } = await publint({
      pkgDir: join(root, 'packages', name),
      pack: false,
      strict: true,
      level: 'warning',
    });
    for (const message of messages) {
      complaints.push(`packages/${name}: ${formatMessage(message, pkg) ?? message.code}`);
    }
  }
  return complaints.join('\n');
}
