/**
 * The cryptography of this package alone, for programs that make a key and do
 * nothing else: importing it loads neither libp2p nor any binary.
 */
export { createNodeCryptoProvider } from './node-crypto-provider.ts';
export { systemRandom } from './system-random.ts';
