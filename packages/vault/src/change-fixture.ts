import type { PasswordChange } from './change-passwords.ts';
import { createMemoryMedia, createMemorySecret } from './fakes/index.ts';
import { flushContainer } from './flush.ts';
import type { NewPasswords } from './new-passwords.ts';
import { unlockContainer } from './unlock-container.ts';
import {
  createWorld,
  inTime,
  PASSWORDS,
  password,
  unlockWorld,
  type World,
  write,
} from './vault-fixture.ts';

/** Passwords none of which is one of {@link PASSWORDS}. */
export const ALL_NEW: Required<NewPasswords> = {
  decoy: password('new decoy'),
  hidden: password('new hidden'),
  duress: password('new duress'),
};

/** Every kind of change: from a vault without and with a hidden volume. */
export const KINDS: readonly (PasswordChange & {
  readonly name: string;
  readonly without?: true;
})[] = [
  { name: 'all three', current: password('hidden'), next: ALL_NEW },
  {
    name: 'the decoy password',
    current: password('hidden'),
    next: { ...PASSWORDS, decoy: ALL_NEW.decoy },
  },
  {
    name: 'the duress password',
    current: password('hidden'),
    next: { ...PASSWORDS, duress: ALL_NEW.duress },
  },
  {
    name: 'no duress password',
    current: password('hidden'),
    next: { ...PASSWORDS, duress: 'none' },
  },
  { name: 'nothing', current: password('hidden'), next: PASSWORDS },
  {
    name: 'the hidden volume removed',
    current: password('hidden'),
    next: { ...PASSWORDS, hidden: 'none' },
    mayDestroyHidden: true,
  },
  {
    name: 'the hidden volume unknown',
    current: password('decoy'),
    next: { ...ALL_NEW, hidden: 'none' },
    mayDestroyHidden: true,
  },
  {
    name: 'the hidden volume replaced unseen',
    current: password('decoy'),
    next: ALL_NEW,
    mayDestroyHidden: true,
  },
  {
    name: 'a hidden volume added',
    current: password('decoy'),
    next: ALL_NEW,
    mayDestroyHidden: true,
    without: true,
  },
  {
    name: 'no hidden volume before or after',
    current: password('decoy'),
    next: { decoy: ALL_NEW.decoy, hidden: 'none', duress: 'none' },
    mayDestroyHidden: true,
    without: true,
  },
];

/** What a password is, or why it opens nothing. */
export async function kindOf(world: World, text: string): Promise<string> {
  const answer = await inTime(
    world,
    unlockContainer(world.deps, world.geometry, { password: password(text) }),
  );
  return answer.ok ? answer.value.kind : answer.error.code;
}

/** A vault with something in both volumes. */
export async function livedIn(
  seed: string,
  options: { readonly without?: boolean; readonly isHiddenFromDisk?: boolean } = {},
): Promise<World> {
  const { decoy, duress } = PASSWORDS;
  const passwords = options.without === true ? { decoy, duress } : PASSWORDS;
  const world = await createWorld(seed, passwords, {
    isHiddenFromDisk: options.isHiddenFromDisk ?? false,
  });
  const isHidden = options.without !== true;
  const { container } = await unlockWorld(world, isHidden ? 'hidden' : 'decoy');
  for (let flush = 0; flush < 5; flush += 1) {
    write(container, 0, new Map([[flush, `decoy ${flush}`]]));
    if (isHidden) write(container, 1, new Map([[flush, `hidden ${flush}`]]));
    await flushContainer(world.deps, container);
  }
  return world;
}

/** The world with another disk and another E: a copy that was taken earlier. */
export function worldWith(world: World, image: Uint8Array, secret: Uint8Array): World {
  const media = createMemoryMedia({ sizeBytes: image.length, content: image });
  const keeper = createMemorySecret({ isHiddenFromDisk: false });
  void keeper.write(secret);
  return { ...world, deps: { ...world.deps, media, secret: keeper } };
}
