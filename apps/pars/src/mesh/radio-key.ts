import { expose } from '@pars/base';
import { createSuite, passwordFromText } from '@pars/crypto';
import { createRadioKey, radioKeyFromPassphrase, radioKeyToText } from '@pars/mesh';
import { createNodeCryptoProvider, systemRandom } from '@pars/platform-node/crypto';

/**
 * A `pars://radio/` key as text: at random, or the one of everybody who gives
 * this passphrase and this name of a group (PIP-1007 §4). It is the secret.
 */
export async function newRadioKey(
  shared: { readonly passphrase: string; readonly group: string } | undefined,
): Promise<string> {
  const suite = createSuite({ provider: createNodeCryptoProvider(), random: systemRandom });
  const key =
    shared === undefined
      ? createRadioKey(systemRandom)
      : await radioKeyFromPassphrase(suite, passwordFromText(shared.passphrase), shared.group);
  return expose(radioKeyToText(suite.symmetric, key));
}
