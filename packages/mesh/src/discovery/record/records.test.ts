import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Failure, type Result, unwrap } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import { createSeededSuite } from '../../link/link-fixture.ts';
import { keyFingerprint } from '../../node-id.ts';
import { recordDiscovery } from '../discovery-recording-fixture.ts';
import { sampleEndpoints } from '../discovery-sample-fixture.ts';
import {
  makeNodeRecord,
  mayReplaceList,
  nodeLinkAddresses,
  nodeLinkFromAddresses,
  nodeLinkFromText,
  nodeLinkToText,
  readNodeList,
  readNodeRecord,
  signNodeList,
} from './index.ts';

const suite = createSeededSuite(createSimulationRandom('records'));
const signer = await suite.signature.signerFromSeed(suite.signature.generateSeed());
const fingerprint = keyFingerprint(suite.symmetric, signer.publicKey.bytes);
const recorded = await recordDiscovery();
const { nowMs } = recorded;
const dayMs = 86_400_000;
const code = (result: Result<unknown, Failure>) => (result.ok ? 'ok' : result.error.code);

describe('a node link', () => {
  const addresses = [
    `/ip4/192.168.1.2/tcp/4001/p2p/12D3KooWRBhwfeP2Y4TCx1SM6s9rUoHhR5STiGwxBhgFRcw3UERE#${fingerprint}`,
    `/ip6/::1/tcp/1#${fingerprint}`,
  ];
  const text = nodeLinkFromAddresses(suite.symmetric, addresses) ?? assert.fail();
  test('gives the addresses of one node', () => {
    assert.deepEqual(nodeLinkAddresses(unwrap(nodeLinkFromText(suite.symmetric, text))), [
      `/ip4/192.168.1.2/tcp/4001#${fingerprint}`,
      `/ip6/::1/tcp/1#${fingerprint}`,
    ]);
    assert.equal(nodeLinkFromAddresses(suite.symmetric, ['/ip4/1.2.3.4/tcp/1']), undefined);
    assert.ok(text.length < 150, `${text.length}`);
  });
  test('keeps the id of the node where a relay has to know it', () => {
    const id = '12D3KooWRBhwfeP2Y4TCx1SM6s9rUoHhR5STiGwxBhgFRcw3UERE';
    const relayed = `/ip4/44.1.2.3/tcp/1/p2p/${id}/p2p-circuit/p2p/${id}#${fingerprint}`;
    const link = nodeLinkFromAddresses(suite.symmetric, [relayed]) ?? assert.fail();
    assert.deepEqual(nodeLinkAddresses(unwrap(nodeLinkFromText(suite.symmetric, link))), [relayed]);
    const direct = { fingerprint, routes: [`/ip4/44.1.2.3/tcp/1/p2p/${id}`] };
    const bad = nodeLinkFromText(suite.symmetric, nodeLinkToText(suite.symmetric, direct));
    assert.equal(code(bad), 'mesh/bad-node-link');
  });
  test('with any other character is refused', () => {
    for (let at = 0; at < text.length; at += 1) {
      const other = text[at] === 'A' ? 'B' : 'A';
      const changed = text.slice(0, at) + other + text.slice(at + 1);
      assert.equal(code(nodeLinkFromText(suite.symmetric, changed)), 'mesh/bad-node-link', changed);
      assert.equal(
        code(nodeLinkFromText(suite.symmetric, text.slice(0, at))),
        'mesh/bad-node-link',
      );
    }
  });
});

describe('a record of a node', () => {
  test('is signed by its key, and dated', async () => {
    const bytes = (await makeNodeRecord(suite, signer, sampleEndpoints, nowMs)) ?? assert.fail();
    assert.ok(bytes.length <= 7_379);
    const record = unwrap(await readNodeRecord(suite, bytes, nowMs + 29 * dayMs));
    assert.equal(record.contact.fingerprint, fingerprint);
    assert.equal(record.contact.endpoints.length, 3);
    assert.equal(
      code(await readNodeRecord(suite, bytes, nowMs + 31 * dayMs)),
      'mesh/stale-node-record',
    );
    assert.equal(
      code(await readNodeRecord(suite, bytes, nowMs - 2 * dayMs)),
      'mesh/stale-node-record',
    );
    for (const at of [
      2,
      5,
      6,
      3_000,
      2_640,
      bytes.length - 1,
      bytes.length - 4_000,
      bytes.length - 4_680,
    ]) {
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      assert.equal((await readNodeRecord(suite, changed, nowMs)).ok, false, `${at}`);
    }
  });
  test('of a node without a public address does not exist', async () => {
    const inside = { transport: 'tcp', ip: Uint8Array.of(10, 0, 0, 1), port: 1 } as const;
    assert.equal(await makeNodeRecord(suite, signer, [inside], nowMs), undefined);
  });
});

describe('a list of nodes', () => {
  const list = {
    serial: 3,
    madeMs: nowMs,
    expiresMs: nowMs + 30 * dayMs,
    addresses: [`/ip4/44.1.2.3/tcp/4001#${fingerprint}`],
  };
  const signed = (more: Partial<typeof list> = {}) =>
    signNodeList(suite, signer, { ...list, ...more });
  test('is read with its key, serial number and dates', async () => {
    const read = unwrap(await readNodeList(suite, await signed(), nowMs));
    assert.deepEqual(read, { ...list, key: fingerprint });
  });
  test('has its time', async () => {
    const text = await signed();
    assert.equal(code(await readNodeList(suite, text, nowMs + 30 * dayMs)), 'mesh/stale-node-list');
    assert.equal(code(await readNodeList(suite, text, nowMs - 2 * dayMs)), 'mesh/stale-node-list');
    const eternal = await signed({ expiresMs: nowMs + 400 * dayMs });
    assert.equal(code(await readNodeList(suite, eternal, nowMs)), 'mesh/stale-node-list');
  });
  test('cannot be changed anywhere', async () => {
    const text = await signed();
    for (let at = 0; at < text.length; at += 97) {
      const other = text[at] === '1' ? '2' : '1';
      const changed = text.slice(0, at) + other + text.slice(at + 1);
      assert.equal((await readNodeList(suite, changed, nowMs)).ok, false, `${at}`);
    }
    assert.equal((await readNodeList(suite, text.replaceAll('\n', '\r\n'), nowMs)).ok, false);
    assert.equal((await readNodeList(suite, `${text}\n`, nowMs)).ok, false);
  });
  test('names no private host, no host twice, no host without a fingerprint, and at most 256', async () => {
    const [address = ''] = list.addresses;
    for (const addresses of [
      [],
      [address, address],
      [`/ip4/10.0.0.1/tcp/1#${fingerprint}`],
      ['/ip4/44.1.2.3/tcp/4001'],
      Array.from({ length: 257 }, (_, at) => `/ip4/44.1.2.3/tcp/${at + 1}#${fingerprint}`),
    ]) {
      assert.equal(
        code(await readNodeList(suite, await signed({ addresses }), nowMs)),
        'mesh/bad-node-list',
      );
    }
  });
  test('gives way to a newer one only', async () => {
    const kept = unwrap(await readNodeList(suite, await signed(), nowMs));
    assert.equal(code(mayReplaceList(kept, { ...kept, serial: 4 })), 'ok');
    assert.equal(code(mayReplaceList(kept, kept)), 'mesh/outdated-node-list');
  });
});
