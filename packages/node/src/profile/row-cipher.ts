import { concatBytes, eraseBytes, expose, ParsError, type Redacted, redact } from '@pars/base';
import type { Suite } from '@pars/crypto';

/** Tables of the profile (PIP-5000 §11). Their letters are visible in the store. */
export type RowTable =
  /** Contacts, invites, prekeys and what waits: all loaded at unlock. */
  | 'r'
  /** Messages, by sequence. */
  | 'm'
  /** From message id to sequence. */
  | 'd'
  /** Introductions that were not accepted yet. */
  | 'i';

/** Names and encrypts the rows of one profile (PIP-5000 §11). */
export interface RowCipher {
  /** The store key of a row: prefix ‖ table ‖ MAC of `naturalKey`. */
  nameRow(table: Exclude<RowTable, 'm'>, naturalKey: string): Uint8Array;
  /** A secret box of the padded value, bound to its row key. */
  seal(rowKey: Uint8Array, value: Uint8Array): Promise<Uint8Array>;
  /** Throws `node/row-damaged` when the value is not what was sealed under this row key. */
  open(rowKey: Uint8Array, sealed: Uint8Array): Promise<Uint8Array>;
  /** Overwrites the keys; every later call throws. */
  erase(): void;
}

/** The cipher of the profile with this 32-byte storage key. */
export function createRowCipher(
  deps: { readonly suite: Pick<Suite, 'symmetric' | 'secretBox'> },
  storageKey: Redacted<Uint8Array>,
): RowCipher {
  const { secretBox, symmetric } = deps.suite;
  const nameKey = derive('pars/1 row names');
  const valueKey = derive('pars/1 row values');

  function derive(label: string): Redacted<Uint8Array> {
    return redact(symmetric.hkdf(expose(storageKey), EMPTY, utf8.encode(label), 32));
  }

  return {
    nameRow(table, naturalKey) {
      const mac = symmetric.sha3(expose(nameKey), utf8.encode(table), utf8.encode(naturalKey));
      return concatBytes(rowPrefix(table), mac);
    },
    seal: (rowKey, value) =>
      secretBox.seal({ key: valueKey, context: VALUE, plaintext: pad(value), aad: rowKey }),
    async open(rowKey, sealed) {
      const opened = await secretBox.open({ key: valueKey, context: VALUE, sealed, aad: rowKey });
      if (!opened.ok) throw damaged();
      return unpad(opened.value);
    },
    erase() {
      eraseBytes(nameKey);
      eraseBytes(valueKey);
    },
  };
}

/** What every store key of a table begins with. */
export function rowPrefix(table: RowTable): Uint8Array {
  return utf8.encode(`pars-node${table}`);
}

/** The store key of the message with this sequence number. */
export function messageRowKey(sequence: number): Uint8Array {
  const key = concatBytes(rowPrefix('m'), new Uint8Array(8));
  new DataView(key.buffer).setBigUint64(key.length - 8, BigInt(sequence));
  return key;
}

/** The sequence number in the store key of a message. */
export function sequenceFromRowKey(key: Uint8Array): number {
  const view = new DataView(key.buffer, key.byteOffset, key.length);
  return Number(view.getBigUint64(key.length - 8));
}

/** `u32(len) ‖ value ‖ zeros` to a multiple of 64 bytes: the size on disk says less. */
function pad(value: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil((value.length + 4) / 64) * 64);
  new DataView(padded.buffer).setUint32(0, value.length);
  padded.set(value, 4);
  return padded;
}

function unpad(padded: Uint8Array): Uint8Array {
  if (padded.length < 4) throw damaged();
  const length = new DataView(padded.buffer, padded.byteOffset, padded.length).getUint32(0);
  if (length + 4 > padded.length) throw damaged();
  return padded.slice(4, 4 + length);
}

function damaged(): ParsError {
  return new ParsError('node/row-damaged');
}

const utf8 = new TextEncoder();
const EMPTY = new Uint8Array(0);
const VALUE = 'pars/1 row value';
