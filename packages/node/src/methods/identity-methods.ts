import type { MethodHandlers } from '@pars/api';
import { expose, ok, redact } from '@pars/base';
import { sessionIdToLink } from '@pars/session';
import type { VaultKeeper } from '../vault/vault-keeper.ts';

/** The `id.…` methods. */
export function createIdentityMethods(
  keeper: VaultKeeper,
): Pick<MethodHandlers, 'id.create' | 'id.restore' | 'id.show'> {
  return {
    async 'id.create'({ name }) {
      const made = await keeper.createPerson(name);
      if (!made.ok) return made;
      return ok({ sessionId: made.value.sessionId, phrase: expose(made.value.phrase) });
    },
    async 'id.restore'({ name, phrase }) {
      const restored = await keeper.restorePerson(name, redact(phrase));
      return restored.ok ? ok({ sessionId: restored.value }) : restored;
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
