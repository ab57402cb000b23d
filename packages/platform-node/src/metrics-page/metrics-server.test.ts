import assert from 'node:assert/strict';
import { request } from 'node:http';
import { describe, test } from 'node:test';
import { unwrap } from '@pars/base';
import { serveMetrics } from './metrics-server.ts';
import { metricsText } from './metrics-text.ts';

const VALUES: ReadonlyMap<string, number> = new Map([
  ['mesh/links', 3],
  ['node/syncs', 7],
  ['node/letters-received', 11],
]);

describe('the page of metrics', () => {
  test('shows what the node does for the mesh, and nothing of a person', async () => {
    await using server = unwrap(await serveMetrics(async () => VALUES, { port: 0 }));
    const page = await get(server.address);
    assert.equal(page.status, 200);
    assert.match(page.body, /^# TYPE pars_mesh_links gauge\npars_mesh_links 3$/m);
    assert.match(page.body, /^pars_node_syncs_total 7$/m);
    assert.match(page.body, /^pars_mesh_carried_bytes 0$/m);
    assert.doesNotMatch(page.body, /letters|11/);
  });

  test('is the same size of names, whatever was counted', () => {
    const namesOf = (text: string) => text.replaceAll(/ \d+$/gm, '');
    assert.equal(namesOf(metricsText(new Map())), namesOf(metricsText(VALUES)));
  });

  test('is for nobody but a reader on this machine', async () => {
    await using server = unwrap(await serveMetrics(async () => VALUES, { port: 0 }));
    const { address } = server;
    assert.equal((await get(address, { origin: 'https://example.org' })).status, 404);
    assert.equal((await get(address, { host: 'rebound.example' })).status, 404);
    assert.equal((await get(address.replace('/metrics', '/'))).status, 404);
    assert.equal((await get(address, {}, 'POST')).status, 404);
  });

  test('says when it cannot listen or read', async () => {
    const broken = () => Promise.reject(new Error('full'));
    await using server = unwrap(await serveMetrics(broken, { port: 0 }));
    assert.equal((await get(server.address)).status, 500);
    const port = Number(new URL(server.address).port);
    const second = await serveMetrics(broken, { port });
    assert.equal(second.ok ? undefined : second.error.code, 'metrics/cannot-listen');
  });
});

function get(
  address: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<{ readonly status: number | undefined; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(address, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode, body: Buffer.concat(chunks).toString() });
      });
    });
    asked.on('error', reject);
    asked.end();
  });
}
