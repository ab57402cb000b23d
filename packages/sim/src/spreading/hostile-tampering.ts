import type { SimulationRandom } from '@pars/base/fakes';

/** First bytes of messages of PIP-1008 §2. */
const pruneMessage = 0x70;
const emergencyHave = 0x31;
const emergencyParcel = 0x11;

/**
 * How a hostile node changes what an honest one would send; the place decides
 * which of four kinds it is: it floods with junk parcels, tells and never
 * delivers, changes the bodies, or prunes everybody and tells of parcels that
 * do not exist.
 */
export function createTampering(
  place: number,
  random: SimulationRandom,
): (message: Uint8Array) => readonly Uint8Array[] {
  const isParcel = (message: Uint8Array) => {
    const kind = (message[0] ?? 0) >>> 4;
    return kind === 1 || kind === 2;
  };
  const isHello = (message: Uint8Array) => (message[0] ?? 0) >>> 4 === 0;
  switch (place % 4) {
    case 0:
      return (message) => {
        if (isHello(message)) return [message];
        const junk = random.bytes(1_025);
        junk.set([emergencyParcel, 1, 1, 0, 2]);
        return [junk, message, junk];
      };
    case 1:
      return (message) => (isParcel(message) ? [] : [message]);
    case 2:
      return (message) => {
        if (!isParcel(message)) return [message];
        const changed = message.slice();
        changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
        return [changed];
      };
    default:
      return (message) => {
        if (isHello(message)) return [message];
        const lies = random.bytes(1 + 6 * 64);
        lies[0] = emergencyHave;
        return [Uint8Array.of(pruneMessage), lies];
      };
  }
}
