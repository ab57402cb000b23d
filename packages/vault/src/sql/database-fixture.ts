import { unwrap } from '@pars/base';
import { openNodeSqlEngine } from '@pars/platform-node';
import { maxPagesOf } from '../geometry.ts';
import { unlockContainer } from '../unlock-container.ts';
import type { Vault } from '../vault.ts';
import { inTime, password, type World } from '../vault-fixture.ts';
import { createVaultSession } from '../vault-session.ts';
import { createPageImage } from './page-image.ts';
import type { SqlDatabase } from './sql-database.ts';
import { openVaultDatabase } from './vault-database.ts';

/** An unlocked vault with the databases of what opened. */
export interface OpenedVault {
  readonly vault: Vault;
  readonly decoy: SqlDatabase;
  /** The hidden volume's, or the decoy's again where it did not open. */
  readonly hidden: SqlDatabase;
}

/** Unlocks a vault as a node does: pages into images, images into databases. */
export async function openDatabases(
  world: World,
  kind: 'decoy' | 'hidden' | 'duress',
): Promise<OpenedVault> {
  const { geometry } = world;
  const images = ([0, 1] as const).map((volume) =>
    createPageImage(geometry.pageBytes, maxPagesOf(geometry, volume)),
  );
  const unlocked = await inTime(
    world,
    unlockContainer(world.deps, geometry, {
      password: password(kind),
      onPage: (volume, page, content) => images[volume]?.set(page, content),
    }),
  );
  const vault = createVaultSession(world.deps, unwrap(unlocked));
  const [decoy, hidden] = [vault.decoy, vault.hidden].map((volume, index) =>
    volume === undefined
      ? undefined
      : unwrap(
          openVaultDatabase(openNodeSqlEngine, { vault, volume, image: images[index]?.take() }),
        ),
  );
  if (decoy === undefined) throw new Error('no decoy');
  return { vault, decoy, hidden: hidden ?? decoy };
}

/** The power fails: what was not flushed is gone, and so is the process. */
export async function loseProcess(world: World, { vault }: OpenedVault): Promise<void> {
  world.deps.media.unplug();
  await inTime(world, vault.lock());
  world.deps.media.restart();
}
