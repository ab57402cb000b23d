import assert from 'node:assert/strict';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { proxiedAddress } from './proxied-address.ts';

test('a proxy is believed from this machine, and only with one address', () => {
  assert.equal(addressOf('127.0.0.1', '192.0.2.7'), '/ip4/192.0.2.7/tcp/0/ws');
  assert.equal(addressOf('::1', '2001:db8::7'), '/ip6/2001:db8::7/tcp/0/ws');
  assert.equal(addressOf('::ffff:127.0.0.1', '192.0.2.7'), '/ip4/192.0.2.7/tcp/0/ws');
  for (const remote of ['192.0.2.1', '::ffff:192.0.2.1', '2001:db8::127.1', '']) {
    assert.equal(addressOf(remote, '192.0.2.7'), undefined);
  }
  for (const named of [
    '',
    'unix:',
    '192.0.2.7, 192.0.2.8',
    '192.0.2.7:80',
    'localhost',
    '999.1.1.1',
  ]) {
    assert.equal(addressOf('127.0.0.1', named), undefined);
  }
  assert.equal(addressOf('127.0.0.1', undefined), undefined);
});

function addressOf(remoteAddress: string, named: string | undefined): string | undefined {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: remoteAddress });
  const request = new IncomingMessage(socket);
  if (named !== undefined) request.headers['x-real-ip'] = named;
  return proxiedAddress(request)?.toString();
}
