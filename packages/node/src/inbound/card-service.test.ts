import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { redact, unwrap } from '@pars/base';
import { createRecordingLog, createSimulationRandom, createVirtualTime } from '@pars/base/fakes';
import { createJavaScriptProvider, createSuite } from '@pars/crypto';
import type { LinkPeer, NodeId } from '@pars/mesh';
import {
  computeInviteProof,
  INVITE_LIFE_MS,
  openIdentity,
  type PersonName,
  parseInvite,
} from '@pars/session';
import { createInvite } from '../contacts/create-invite.ts';
import type { NodeEngineDeps } from '../engine-deps.ts';
import { createEventHub, type EventHub } from '../event-hub.ts';
import { refreshKeys } from '../profile/key-schedule.ts';
import { openProfile } from '../profile/profile.ts';
import { createVaultFixture } from '../vault/vault-fixture.ts';
import { answerNewcomer } from './card-service.ts';

const random = createSimulationRandom('card service');
const suite = createSuite({ provider: createJavaScriptProvider({ random }), random });
const time = createVirtualTime();
const log = createRecordingLog();
const deps = {
  ...time,
  suite,
  random,
  log,
  events: createEventHub(log),
  mesh: { nodeId: 'node-of-ana', addresses: () => [] },
} as unknown as NodeEngineDeps & { readonly events: EventHub };

const { open } = await createVaultFixture(random, time);
const profile = await openProfile(deps, await open(), {
  identity: await openIdentity(suite, {
    rootPublicKey: random.bytes(64),
    signingSeed: redact(random.bytes(64)),
    staticSeed: redact(random.bytes(96)),
  }),
  name: 'Ana' as PersonName,
  createdAtMs: 0,
});
await refreshKeys(deps, profile);
const { invite: text } = unwrap(await createInvite(deps, profile));
const invite = unwrap(parseInvite(suite, text, time.clock.nowMs()));

/** What somebody at this node gets, whose proof was made for that node. */
async function fetchAs(node: string, provenFor: string = node): Promise<string> {
  const proof = computeInviteProof(suite, invite.secret, {
    inviterNodeId: 'node-of-ana',
    newcomerNodeId: provenFor,
  });
  const peer = { nodeId: node as NodeId } as LinkPeer;
  const answer = await answerNewcomer(deps, profile, { type: 'fetch', version: 1, proof }, peer);
  return answer.type;
}

describe('an invite', () => {
  test('gets the card for the node that the proof was made for, and for no other', async () => {
    assert.equal(await fetchAs('node-of-bob'), 'card');
    assert.equal(await fetchAs('node-of-eve', 'node-of-bob'), 'later');
  });

  test('is worth nothing the moment it expires, though its row is still there', async () => {
    time.jumpWallClock(INVITE_LIFE_MS - 1);
    assert.equal(await fetchAs('node-of-bob'), 'card');
    time.jumpWallClock(1);
    assert.equal(profile.invites.size, 1);
    assert.equal(await fetchAs('node-of-bob'), 'later');
  });
});
