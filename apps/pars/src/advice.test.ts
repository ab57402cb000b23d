import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { adviceFromFailure } from './advice.ts';

test('numbers in an advice count as people do', () => {
  const advice = adviceFromFailure({ code: 'crypto/phrase-word', meta: { index: 4 } });
  assert.match(advice, /Word number 5/);
});

/** Between programs and nodes only, or with an advice that is made on the spot. */
const NEVER_MET =
  /^(cli\/(usage|bug)|rpc\/cannot-listen|api\/(parse-error|invalid-request|batch-refused|unknown-subscription)|node\/contact-quota|session\/(letter-.*|note-malformed)|crypto\/(?!phrase-).*|(sql|vault)\/argument)$/;

/** What the mesh says where no person asked for anything, or only in libraries. */
const INSIDE_THE_MESH =
  /^mesh\/(bad-(length|key|cookie|puzzle|payload|token|receipt|(sync|gossip|keeper|find|relay|radio)-message|node-record|peer-book|qr-frame)|stale-node-record|unexpected-message|frame-.*|counter-exhausted|half-open-evicted|muxer-abuse|unprotected-connection|not-connected|unsupported-protocol|too-many-streams|stream-broken|token-mismatch|parcel-store-key|(unknown|contradictory)-receipt|sync-.*|gossip-.*|keeper-.*|not-gossiped|qr-.*)$/;

test('every code that a person can meet has an advice of its own', async () => {
  const missing: string[] = [];
  for (const file of [
    ...['api', 'crypto', 'mesh', 'node', 'session'].map((name) => `packages/${name}/src/errors.ts`),
    'packages/platform-node/src/carriers/errors.ts',
    'packages/platform-node/src/discovery/mdns-beacon.ts',
    'packages/platform-node/src/metrics-page/metrics-server.ts',
    'packages/platform-node/src/rpc/errors.ts',
    'packages/platform-node/src/vault/kept-secret.ts',
    'packages/vault/src/errors.ts',
    'packages/vault/src/sql/errors.ts',
    'apps/pars/src/errors.ts',
  ]) {
    const text = await readFile(new URL(`../../../${file}`, import.meta.url), 'utf8');
    const codes = [...text.matchAll(CODE)].map(([, code = '']) => code);
    assert.notDeepEqual(codes, [], file);
    for (const code of codes) {
      if (NEVER_MET.test(code) || INSIDE_THE_MESH.test(code)) continue;
      const isGeneral = GENERAL.some((words) => adviceFromFailure({ code }).startsWith(words));
      if (isGeneral) missing.push(code);
    }
  }
  assert.deepEqual(missing, []);
});

/** A member of a type of codes: in a union, alone, or as an argument. */
const CODE = /(?:\| |^ {2}|Failure<)'([a-z-]+\/[a-z0-9-]+)'/gm;

const GENERAL = ['This did not work', 'The link to the other node failed'];
