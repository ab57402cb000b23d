import type { RandomDep } from '@pars/base';
import { flushFolder } from '../ports/flush-folder.ts';
import { openKeeper } from './keeper-choice.ts';
import {
  isThere,
  readKeeperNote,
  removeFiles,
  renameForGood,
  type VaultFiles,
  wipeFile,
} from './vault-files.ts';

/**
 * Finishes or takes back what a crash interrupted. A creation without its note
 * never was; a move whose old container has left its name is finished, one that
 * did not get that far is taken back. Nothing is destroyed that could be the
 * only container: where it is missing, it stays missing (PIP-3000 §11.1).
 */
export async function settleVaultFiles(deps: RandomDep, files: VaultFiles): Promise<void> {
  if (!(await isThere(files.note))) {
    if (await isThere(files.nextNote)) await takeCreationBack(files);
    return;
  }
  if (!(await isThere(files.container))) {
    const isMoveAdopted =
      (await isThere(files.nextContainer)) && (await isThere(files.oldContainer));
    const from = isMoveAdopted ? files.nextContainer : files.oldContainer;
    if (!(await isThere(from))) return;
    await renameForGood(files.folder, from, files.container);
  }
  await wipeFile(deps, files.nextContainer);
  await wipeFile(deps, files.oldContainer);
  await removeFiles(files.nextNote);
  await flushFolder(files.folder);
}

/** Nothing that anybody wrote is in it. Its note goes last: after another crash it tells where E is. */
async function takeCreationBack(files: VaultFiles): Promise<void> {
  const note = await readKeeperNote(files.nextNote);
  if (note !== undefined && (note.kind !== 'file' || (await isThere(files.secret)))) {
    await openKeeper(note, files.secret).destroy();
  }
  await removeFiles(files.container, files.nextContainer, files.secret);
  await removeFiles(files.nextNote);
  await flushFolder(files.folder);
}
