import { base32, createCodec, ok, type Result, schema } from '@pars/base';
import { type MeshFailure, meshErr } from '../../errors.ts';
import type { KeyFingerprint } from '../../node-id.ts';
import { checkRoute } from '../address/index.ts';
import { type BookEntry, type BookRoute, maxRoutes, peerSources } from './book-entry.ts';

/** Nodes that are kept over a restart. */
const maxKept = 512;
const dayMs = 86_400_000;
const day = schema.uint({ max: 1_000_000 });

const codec = createCodec(
  'mesh/peer-book',
  schema.struct({
    version: [0, schema.literal(1)],
    peers: [
      1,
      schema.array(
        schema.struct({
          fingerprint: [0, schema.bytes({ length: 32 })],
          routes: [
            1,
            schema.array(
              schema.struct({
                route: [0, schema.text({ min: 1, maxBytes: 256 })],
                source: [1, schema.uint({ max: peerSources.length - 1 })],
                isProven: [2, schema.bool()],
              }),
              { min: 1, max: maxRoutes },
            ),
          ],
          firstDay: [2, day],
          /** 0: never. */
          successDay: [3, day],
          provenDays: [4, schema.uint({ max: 65_535 })],
          failures: [5, schema.uint({ max: 16 })],
        }),
        { max: maxKept },
      ),
    ],
  }),
  { maxBytes: 1_048_576 },
);

/**
 * The bytes of a book (PIP-1005 §8). Left out are the local networks that this
 * machine was in, who told of whom, and the time of the day.
 */
export function encodeBook(entries: readonly BookEntry[]): Uint8Array {
  const lasting = entries
    .map((entry) => ({ ...entry, routes: entry.routes.filter(isLasting) }))
    .filter(({ routes }) => routes.length > 0)
    .toSorted((a, b) => b.provenDays - a.provenDays || b.successMs - a.successMs)
    .slice(0, maxKept)
    // The order in which nodes were met is nobody's business.
    .toSorted((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
  return codec.encode({
    version: 1,
    peers: lasting.map((entry) => ({
      fingerprint: bytesOf(entry.fingerprint),
      routes: entry.routes.map(({ route, source, isProven }) => ({
        route,
        source: peerSources.indexOf(source),
        isProven,
      })),
      firstDay: dayOf(entry.firstMs),
      successDay: dayOf(entry.successMs),
      provenDays: entry.provenDays,
      failures: entry.failures,
    })),
  });
}

/** Reads a book. Total; code: `mesh/bad-peer-book`. Routes that may not be dialled on their source's word are left out. */
export function decodeBook(bytes: Uint8Array): Result<readonly BookEntry[], MeshFailure> {
  const read = codec.decode(bytes);
  if (!read.ok) return meshErr('mesh/bad-peer-book');
  return ok(
    read.value.peers.flatMap((peer): BookEntry[] => {
      const routes = peer.routes.flatMap(({ route, source, isProven }): BookRoute[] => {
        const from = peerSources[source] ?? 'answer';
        const origin = from === 'user' || from === 'list' ? from : 'stranger';
        const isGood = isPlain.test(route) && checkRoute(route, origin).ok;
        return isGood ? [{ route, source: from, isProven }] : [];
      });
      if (routes.length === 0) return [];
      return [
        {
          fingerprint: base32.encode(peer.fingerprint) as KeyFingerprint,
          routes,
          firstMs: peer.firstDay * dayMs,
          successMs: peer.successDay * dayMs,
          provenDays: peer.provenDays,
          triedMs: 0,
          failures: peer.failures,
          teller: '',
        },
      ];
    }),
  );
}

const isPlain = /^\/[!-"$-~]+$/;

function isLasting({ source }: BookRoute): boolean {
  return source !== 'lan';
}

function bytesOf(fingerprint: KeyFingerprint): Uint8Array {
  const bytes = base32.decode(fingerprint, { maxBytes: 32 });
  return bytes.ok ? bytes.value : new Uint8Array(32);
}

function dayOf(ms: number): number {
  return Math.min(1_000_000, Math.max(0, Math.floor(ms / dayMs)));
}
