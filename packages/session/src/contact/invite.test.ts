import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { expose, redact, unwrap } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import { createTestSuite, TEST_NOW_MS } from '../fakes/test-person.ts';
import { slotFromMs, slotToMs } from '../slot.ts';
import { computeInviteProof, formatInvite, parseInvite } from './invite.ts';

const random = createSimulationRandom('invite');
const suite = createTestSuite(random);
const nodePart = '/p2p/12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo#' + 'a'.repeat(52);
const routes = ['/ip4/192.168.100.200/tcp/40001', '/ip4/10.0.0.1/tcp/40001'];
const invite = {
  cardHash: random.bytes(32),
  secret: redact(random.bytes(32)),
  oneTimeKeyId: random.bytes(32),
  addresses: routes.map((route) => route + nodePart),
  expiresSlot: slotFromMs(TEST_NOW_MS) + 10,
};

describe('invite', () => {
  test('is read as it was written, also from upper case', () => {
    const text = formatInvite(suite, invite);
    for (const form of [text, text.toUpperCase()]) {
      const read = unwrap(parseInvite(suite, form, TEST_NOW_MS));
      assert.deepEqual(read.cardHash, invite.cardHash);
      assert.deepEqual(expose(read.secret), expose(invite.secret));
      assert.deepEqual(read.oneTimeKeyId, invite.oneTimeKeyId);
      assert.deepEqual(read.addresses, invite.addresses);
    }
  });

  test('keeps as many real addresses as fit in a QR code', () => {
    const addresses = Array.from(
      { length: 9 },
      (_, index) => `/ip4/192.168.100.20${index}/tcp/40001${nodePart}`,
    );
    const text = formatInvite(suite, { ...invite, addresses });
    assert.ok(text.length <= 800, `${text.length}`);
    const read = unwrap(parseInvite(suite, text, TEST_NOW_MS));
    assert.deepEqual(read.addresses, addresses.slice(0, 4));
  });

  test('has room for the way through a relay', () => {
    const relayId = '12D3KooWRBhwfeP2Y4TCx1SM6s9rUoHhR5STiGwxBhgFRcw3UERE';
    const ofRelay = `/dns4/relay.of.a.friend.example.org/tcp/443/tls/ws/p2p/${relayId}/p2p-circuit`;
    const addresses = [...invite.addresses, `${ofRelay}${nodePart}`];
    const text = formatInvite(suite, { ...invite, addresses });
    assert.deepEqual(unwrap(parseInvite(suite, text, TEST_NOW_MS)).addresses, addresses);
  });

  test('leaves out addresses of another node and what is no address', () => {
    const addresses = ['nonsense', ...invite.addresses, '/memory/other'];
    const text = formatInvite(suite, { ...invite, addresses });
    assert.deepEqual(unwrap(parseInvite(suite, text, TEST_NOW_MS)).addresses, invite.addresses);
  });

  test('ends', () => {
    const text = formatInvite(suite, invite);
    const endMs = slotToMs(invite.expiresSlot);
    assert.equal(parseInvite(suite, text, endMs - 1).ok, true);
    const late = parseInvite(suite, text, endMs);
    assert.equal(late.ok ? '' : late.error.code, 'session/invite-expired');
  });

  test('that is something else is refused', () => {
    for (const text of [
      '',
      'pars://invite/',
      'pars://session/05',
      'pars://invite/aaaa',
      'x'.repeat(601),
    ]) {
      const result = parseInvite(suite, text, TEST_NOW_MS);
      assert.equal(result.ok ? '' : result.error.code, 'session/invite-malformed');
    }
  });

  test('is proven differently on every link', () => {
    const link = { inviterNodeId: 'ab', newcomerNodeId: 'c' };
    const proof = computeInviteProof(suite, invite.secret, link);
    assert.equal(proof.length, 32);
    for (const other of [
      { inviterNodeId: 'a', newcomerNodeId: 'bc' },
      { inviterNodeId: 'c', newcomerNodeId: 'ab' },
      { inviterNodeId: 'ab', newcomerNodeId: 'd' },
    ]) {
      assert.notDeepEqual(computeInviteProof(suite, invite.secret, other), proof);
    }
    assert.notDeepEqual(computeInviteProof(suite, redact(random.bytes(32)), link), proof);
  });
});
