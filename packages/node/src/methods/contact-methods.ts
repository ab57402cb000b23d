import type { MethodHandlers } from '@pars/api';
import { ok } from '@pars/base';
import { addFromInvite } from '../contacts/add-contact.ts';
import { createInvite } from '../contacts/create-invite.ts';
import type { EngineContext } from '../engine-context.ts';
import { contactView } from '../profile/views.ts';

/** The `contact.…` methods. */
export function createContactMethods(
  context: EngineContext,
): Pick<MethodHandlers, 'contact.invite' | 'contact.add' | 'contact.list'> {
  const { carrier, keeper } = context;
  return {
    async 'contact.invite'() {
      const profile = await keeper.require();
      return profile.ok ? await createInvite(context, profile.value) : profile;
    },
    async 'contact.add'({ invite, name }, { signal }) {
      const profile = await keeper.require();
      if (!profile.ok) return profile;
      const added = await addFromInvite(context, profile.value, { text: invite, name, signal });
      return added.ok ? ok(contactView(added.value)) : added;
    },
    async 'contact.list'() {
      const profile = await keeper.require();
      if (!profile.ok) return profile;
      const contacts = [...profile.value.contacts.values()]
        .sort((a, b) => a.addedAtMs - b.addedAtMs || (a.sessionId < b.sessionId ? -1 : 1))
        .map((contact) => {
          const isDirectOnly =
            carrier !== undefined &&
            contact.confirmed &&
            !profile.value.correspondences.has(contact.sessionId);
          return contactView(contact, isDirectOnly);
        });
      return ok({ contacts });
    },
  };
}
