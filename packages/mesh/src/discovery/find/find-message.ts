import { compareBytes, concatBytes, ok, type Result } from '@pars/base';
import { SUITE_ID } from '@pars/crypto';
import { type MeshFailure, meshErr } from '../../errors.ts';
import { decodeEndpoint, type Endpoint, encodeEndpoint } from '../address/index.ts';
import { contactFromPlace, maxEndpoints, type NodeContact } from './node-contact.ts';
import { placeLength } from './place.ts';

/** Name of the protocol on a link (PIP-1005 §4). */
export const findProtocol = '/pars/find/1';
/** Version of the protocol: the third byte of every message. */
const findVersion = 1;
/** Contacts of one answer at most: the k of the table. */
export const maxFound = 20;
/** No message is longer, in bytes: an answer with the most contacts of IPv6. */
export const maxFindMessage: number =
  3 + 1 + 17 + 1 + maxFound * (placeLength + 1 + maxEndpoints * 19);

/** Everything that crosses between a node that searches and one that answers (PIP-1005 §4). */
export type FindMessage =
  /** Which nodes do you know nearest to this place? With endpoints: and I answer others, too. */
  | {
      readonly type: 'find';
      readonly place: Uint8Array;
      /** 0 to 3; none from clients. */
      readonly endpoints: readonly Endpoint[];
    }
  | {
      readonly type: 'nodes';
      /** The asker stands in the table of who answers. */
      readonly isListed: boolean;
      /** From which IP address the asker's link came; `undefined` when it has none. */
      readonly seen: Uint8Array | undefined;
      /** 0 to 20, ascending by fingerprint. */
      readonly contacts: readonly NodeContact[];
    }
  | { readonly type: 'refused'; readonly reason: FindRefusal };

/** Why a node does not answer. */
export type FindRefusal = 'too-often' | 'not-serving';

const types = { find: 1, nodes: 2, refused: 3 } as const;
const reasons: readonly FindRefusal[] = ['too-often', 'not-serving'];

/** The bytes of a message; contacts are put in order. */
export function encodeFindMessage(message: FindMessage): Uint8Array {
  const start = Uint8Array.of(types[message.type], SUITE_ID, findVersion);
  switch (message.type) {
    case 'find':
      return concatBytes(start, message.place, encodeEndpoints(message.endpoints));
    case 'nodes': {
      const seen = message.seen ?? new Uint8Array(0);
      const contacts = message.contacts.toSorted((a, b) => compareBytes(a.place, b.place));
      return concatBytes(
        start,
        Uint8Array.of(message.isListed ? 1 : 0, seen.length),
        seen,
        Uint8Array.of(contacts.length),
        ...contacts.flatMap(({ endpoints, place }) => [place, encodeEndpoints(endpoints)]),
      );
    }
    case 'refused':
      return concatBytes(start, Uint8Array.of(1 + reasons.indexOf(message.reason)));
  }
}

/**
 * Reads a message: `mesh/bad-find-message`, `mesh/unknown-suite` or
 * `mesh/unknown-version`. Total; one encoding of every message. Where its
 * endpoints lie is not judged here: see `dialableContacts`.
 */
export function decodeFindMessage(bytes: Uint8Array): Result<FindMessage, MeshFailure> {
  if (bytes.length < 4 || bytes.length > maxFindMessage) return bad('length');
  if (bytes[1] !== SUITE_ID) return meshErr('mesh/unknown-suite');
  if (bytes[2] !== findVersion) return meshErr('mesh/unknown-version');
  switch (bytes[0]) {
    case types.find: {
      const read = decodeEndpoints(bytes, 3 + placeLength, 0);
      if (read?.end !== bytes.length) return bad('find');
      return ok({
        type: 'find',
        place: bytes.slice(3, 3 + placeLength),
        endpoints: read.endpoints,
      });
    }
    case types.nodes:
      return decodeNodes(bytes);
    case types.refused: {
      const reason = reasons[(bytes[3] ?? 0) - 1];
      return reason === undefined || bytes.length !== 4
        ? bad('refused')
        : ok({ type: 'refused', reason });
    }
    default:
      return bad('type');
  }
}

function decodeNodes(bytes: Uint8Array): Result<FindMessage, MeshFailure> {
  const [listed = 2, seenLength = 1] = bytes.subarray(3, 5);
  if (listed > 1 || ![0, 4, 16].includes(seenLength)) return bad('nodes');
  const seen = seenLength === 0 ? undefined : bytes.slice(5, 5 + seenLength);
  const count = bytes[5 + seenLength] ?? maxFound + 1;
  if (count > maxFound) return bad('count');
  const contacts: NodeContact[] = [];
  let at = 6 + seenLength;
  for (let index = 0; index < count; index += 1) {
    const place = bytes.slice(at, at + placeLength);
    const read = decodeEndpoints(bytes, at + placeLength, 1);
    const before = contacts.at(-1)?.place;
    if (read === undefined || (before !== undefined && compareBytes(before, place) >= 0)) {
      return bad('contact');
    }
    contacts.push(contactFromPlace(place, read.endpoints));
    at = read.end;
  }
  return at === bytes.length
    ? ok({ type: 'nodes', isListed: listed === 1, seen, contacts })
    : bad('end');
}

/** Count [1] ‖ endpoints. */
export function encodeEndpoints(endpoints: readonly Endpoint[]): Uint8Array {
  return concatBytes(Uint8Array.of(endpoints.length), ...endpoints.map(encodeEndpoint));
}

/** `least` to 3 endpoints at `offset`, and where they end; `undefined` for anything else. */
export function decodeEndpoints(
  bytes: Uint8Array,
  offset: number,
  least: number,
): { readonly endpoints: readonly Endpoint[]; readonly end: number } | undefined {
  const count = bytes[offset] ?? maxEndpoints + 1;
  if (count < least || count > maxEndpoints) return undefined;
  const endpoints: Endpoint[] = [];
  let end = offset + 1;
  for (let index = 0; index < count; index += 1) {
    const read = decodeEndpoint(bytes, end);
    if (read === undefined) return undefined;
    endpoints.push(read.endpoint);
    end = read.end;
  }
  return { endpoints, end };
}

function bad(what: string): Result<never, MeshFailure> {
  return meshErr('mesh/bad-find-message', { what });
}
