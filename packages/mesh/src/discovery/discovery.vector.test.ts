import assert from 'node:assert/strict';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type DiscoveryRecording, recordDiscovery } from './discovery-recording-fixture.ts';

/* A second reader, written from PIP-1005 alone: it shares no line with the implementation. */

const recording = JSON.parse(
  readFileSync(new URL('./discovery.vectors.json', import.meta.url), 'utf8'),
) as DiscoveryRecording;
const nodeKey = Buffer.from(recording.nodeKey, 'hex');

test('recording again gives the frozen bytes', async () => {
  assert.deepEqual(await recordDiscovery(), recording);
});

test('the fingerprint is the hash of the key', () => {
  const digest = createHash('sha3-256').update(nodeKey).digest();
  assert.equal(base32(digest), recording.fingerprint);
});

test('nearer is a smaller exclusive or', () => {
  const place = BigInt(`0x${recording.place}`);
  const distances = recording.ordered.map((one) => BigInt(`0x${one}`) ^ place);
  assert.deepEqual(
    distances,
    distances.toSorted((a, b) => (a < b ? -1 : 1)),
  );
});

test('messages lie as the tables say', () => {
  const bytes = recording.messages.map((message) => message.bytes);
  const tcp4 = '012c0102030fa1';
  const tcp6 = '02260102030405060708090a0b0c0d0e0f0001';
  const ws4 = '032d04050601bb';
  const ws6 = `042a${'00'.repeat(15)}ffff`;
  assert.equal(bytes[0], `010101${'07'.repeat(32)}00`);
  assert.equal(bytes[1], `010101${'08'.repeat(32)}03${tcp4}${tcp6}${ws4}`);
  assert.equal(bytes[2], '020101000000');
  const contacts = `${'01'.repeat(32)}01${tcp4}${'02'.repeat(32)}03${ws6}${tcp6}${ws4}`;
  assert.equal(bytes[3], `02010101042c09090902${contacts}`);
  assert.equal(bytes[4], '03010101');
  assert.equal(bytes[5], '03010102');
});

test('the link holds version, fingerprint and routes, and a check', () => {
  const [, text = ''] = /^pars:\/\/node\/([\w-]+)$/.exec(recording.nodeLink) ?? [];
  const all = Buffer.from(text, 'base64url');
  const body = all.subarray(0, -4);
  const check = createHash('sha3-256').update('pars/1 node link').update(body).digest();
  assert.deepEqual(all.subarray(-4), check.subarray(0, 4));
  assert.equal(body[0], 1);
  assert.equal(base32(body.subarray(1, 33)), recording.fingerprint);
  const routes: string[] = [];
  let at = 34;
  for (let left = body[33] ?? 0; left > 0; left -= 1) {
    const length = body[at] ?? 0;
    routes.push(body.subarray(at + 1, at + 1 + length).toString('ascii'));
    at += 1 + length;
  }
  assert.equal(at, body.length);
  assert.deepEqual(routes, recording.routes);
});

test('the list is signed by its key up to the signature', () => {
  const lines = recording.nodeList.split('\n');
  assert.equal(lines[0], 'pars-nodes 1 1');
  assert.equal(lines[1], 'serial 7');
  assert.equal(lines[2], `made ${recording.nowMs / 1_000}`);
  assert.equal(lines[3], `expires ${recording.nowMs / 1_000 + 30 * 86_400}`);
  assert.deepEqual(
    lines.slice(4, 8),
    recording.routes.map((route) => `node ${route}#${recording.fingerprint}`),
  );
  assert.equal(lines[9], `key ${nodeKey.toString('base64url')}`);
  assert.equal(lines.length, 12);
  const [, signature = ''] = /^signature ([\w-]+)$/.exec(lines[10] ?? '') ?? [];
  const body = Buffer.from(`${lines.slice(0, 10).join('\n')}\n`);
  assertSigned('pars/1 node list', body, Buffer.from(signature, 'base64url'));
});

test('the record is dated, and signed by the key in it', () => {
  const record = Buffer.from(recording.nodeRecord, 'hex');
  const body = record.subarray(0, -4_691);
  assert.deepEqual([...body.subarray(0, 2)], [1, 1]);
  assert.equal(body.readUInt32BE(2), Math.floor(recording.nowMs / 300_000));
  assert.deepEqual(body.subarray(6, 2_630), nodeKey);
  const endpoints = '03012c0102030fa102260102030405060708090a0b0c0d0e0f0001032d04050601bb';
  assert.equal(body.subarray(2_630).toString('hex'), endpoints);
  assertSigned('pars/1 node record', body, record.subarray(-4_691));
});

test('the book keeps days, sources and nothing of the local network', () => {
  const text = Buffer.from(recording.peerBook, 'hex').toString('latin1');
  assert.ok(text.includes('/ip4/44.1.2.3/tcp/4001'));
  assert.ok(!text.includes('192.168'));
});

/** The classical half of the hybrid signature (PIP-2000 §4): enough to see what was signed, and how it is framed. */
function assertSigned(context: string, message: Buffer, signature: Buffer): void {
  assert.equal(signature.length, 4_691);
  const der = Buffer.concat([
    Buffer.from('302a300506032b6570032100', 'hex'),
    nodeKey.subarray(0, 32),
  ]);
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  const framed = frame(context, message);
  assert.ok(verify(null, framed, key, signature.subarray(0, 64)));
}

function frame(context: string, message: Buffer): Buffer {
  return Buffer.concat([
    FRAME,
    Buffer.from([context.length]),
    Buffer.from(context, 'ascii'),
    message,
  ]);
}

const FRAME = Buffer.from('pars/1 hybrid signature\0', 'ascii');

function base32(bytes: Buffer): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  let text = '';
  let value = 0;
  let bits = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet[(value >> bits) & 31];
      value &= (1 << bits) - 1;
    }
  }
  return bits > 0 ? text + alphabet[(value << (5 - bits)) & 31] : text;
}
