import type { MethodHandlers } from '@pars/api';
import { expose, ok, redact } from '@pars/base';
import { sessionIdToLink } from '@pars/session';
import type { IdentityKeeper } from '../identity-keeper.ts';

/** The `id.…` methods. */
export function createIdentityMethods(
  keeper: IdentityKeeper,
): Pick<MethodHandlers, 'id.create' | 'id.restore' | 'id.unlock' | 'id.lock' | 'id.show'> {
  return {
    async 'id.create'({ name, password }) {
      const made = await keeper.create(name, password);
      if (!made.ok) return made;
      return ok({ sessionId: made.value.sessionId, phrase: expose(made.value.phrase) });
    },
    async 'id.restore'({ name, password, phrase }) {
      const restored = await keeper.restore(name, password, redact(phrase));
      return restored.ok ? ok({ sessionId: restored.value }) : restored;
    },
    async 'id.unlock'({ password }) {
      const unlocked = await keeper.unlock(password);
      return unlocked.ok ? ok({ sessionId: unlocked.value }) : unlocked;
    },
    async 'id.lock'() {
      const locked = await keeper.lock();
      return locked.ok ? ok({}) : locked;
    },
    async 'id.show'() {
      const profile = await keeper.require();
      if (!profile.ok) return profile;
      const { identity, name, createdAtMs } = profile.value;
      const { sessionId } = identity;
      return ok({ sessionId, link: sessionIdToLink(sessionId), name, createdAtMs });
    },
  };
}
