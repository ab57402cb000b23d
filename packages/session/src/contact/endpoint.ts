import { type Schema, schema } from '@pars/base';
import { MAX_ADDRESS_BYTES, MAX_ADDRESSES, MAX_NODE_ID_BYTES } from '../limits.ts';

/** Where a person's node was last seen (PIP-5000 §1). */
export interface Endpoint {
  /** The node's transport id, 1 to 128 bytes. */
  readonly nodeId: string;
  /** Up to 4 addresses, 1 to 320 bytes each, best first. */
  readonly addresses: readonly string[];
}

/** Schema of the addresses of an endpoint. */
const addressesSchema: Schema<readonly string[]> = schema.array(
  schema.text({ min: 1, maxBytes: MAX_ADDRESS_BYTES }),
  { max: MAX_ADDRESSES },
);

/** Schema of an {@link Endpoint}; {@link isEndpoint} checks the characters. */
export const endpointSchema: Schema<Endpoint> = schema.struct({
  nodeId: [1, schema.text({ min: 1, maxBytes: MAX_NODE_ID_BYTES })],
  addresses: [2, addressesSchema],
});

/** Whether node id and addresses hold nothing but visible ASCII. */
export function isEndpoint(endpoint: Endpoint): boolean {
  return VISIBLE_ASCII.test(endpoint.nodeId) && areAddresses(endpoint.addresses);
}

/** Whether these can stand in an endpoint or an invite: at most 4, visible ASCII, 1 to 320 bytes each. */
export function areAddresses(addresses: readonly string[]): boolean {
  return addresses.length <= MAX_ADDRESSES && addresses.every((address) => isAddress(address));
}

/** The addresses of a node that can be told to others: the usable ones, at most 4. */
export function selectAddresses(addresses: readonly string[]): readonly string[] {
  return addresses.filter(isAddress).slice(0, MAX_ADDRESSES);
}

function isAddress(address: string): boolean {
  return address.length <= MAX_ADDRESS_BYTES && VISIBLE_ASCII.test(address);
}

const VISIBLE_ASCII = /^[\x21-\x7e]+$/;
