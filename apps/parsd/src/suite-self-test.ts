import type { DiagnosticCheck } from '@pars/api';
import type { Suite } from '@pars/crypto';

const CONTEXT = 'pars/1 self-test';
const PLAINTEXT = new TextEncoder().encode('self-test');

/**
 * Seals and opens with both halves of the suite on this very machine, and
 * makes sure that a changed byte is refused. Takes some 10 ms.
 */
export async function checkSuite(suite: Suite): Promise<DiagnosticCheck> {
  const isWell = await sealsAndRefuses(suite).catch(() => false);
  return {
    name: 'suite',
    ok: isWell,
    detail: isWell
      ? 'Suite 1 seals, opens, signs and refuses what was changed.'
      : 'Suite 1 does not work on this machine. Do not use this node; report it.',
  };
}

async function sealsAndRefuses(suite: Suite): Promise<boolean> {
  const recipient = await suite.kem.privateKeyFromSeed(suite.kem.generateSeed());
  const sender = await suite.signature.signerFromSeed(suite.signature.generateSeed());
  const box = await suite.box.seal({
    recipient: recipient.publicKey,
    context: CONTEXT,
    plaintext: PLAINTEXT,
    sender,
  });
  if (!box.ok) return false;
  const opened = await suite.box.open({ recipient, context: CONTEXT, sealed: box.value });
  const changed = box.value.slice();
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  const refused = await suite.box.open({ recipient, context: CONTEXT, sealed: changed });
  return (
    opened.ok &&
    !refused.ok &&
    isSame(opened.value.plaintext, PLAINTEXT) &&
    opened.value.sender !== undefined &&
    isSame(opened.value.sender.bytes, sender.publicKey.bytes)
  );
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
