import { concatBytes, utf8ToBytes } from '@pars/base';
import { bytesFromContext } from './suite-id.ts';

/** Which of the three signature schemes a message is framed for. */
export type SignatureDomain = 'hybrid' | 'ledger' | 'root';

/**
 * The three uses of signatures (PIP-2000 §4.2, §5, §6). Each domain ends in
 * the only zero byte it has, so none is a prefix of another.
 */
const DOMAINS: Readonly<Record<SignatureDomain, Uint8Array>> = {
  hybrid: utf8ToBytes('pars/1 hybrid signature\0'),
  ledger: utf8ToBytes('pars/1 ledger signature\0'),
  root: utf8ToBytes('pars/1 root signature\0'),
};

/**
 * What the primitives sign: M' = domain ‖ len(context) ‖ context ‖ message
 * (PIP-2000 §4.2). Throws `crypto/argument-context` for a context that is not
 * 1 to 255 bytes of printable ASCII.
 */
export function signedMessage(
  domain: SignatureDomain,
  context: string,
  message: Uint8Array,
): Uint8Array {
  return concatBytes(DOMAINS[domain], bytesFromContext(context), message);
}
