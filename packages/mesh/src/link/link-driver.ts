import { type Cancel, type Failure, ok, type Result, type Scheduler } from '@pars/base';
import { type MeshFailureCode, meshErr } from '../errors.ts';
import type { LinkMachine, LinkSession } from './link-machine.ts';
import { headerLength } from './link-wire.ts';

/** The raw connection under a handshake. */
export interface HandshakeWire {
  /** Exactly `length` bytes, or `undefined` once the connection is closed. */
  read(length: number): Promise<Uint8Array | undefined>;
  /** Rejects, or never matters, once the connection is closed. */
  write(bytes: Uint8Array): Promise<void>;
  /** Drops the connection; a waiting {@link read} gives `undefined`. */
  close(): void;
}

/** Longest time in milliseconds from the first byte to the end of a handshake (PIP-1000 §6). */
export const handshakeTimeoutMs = 10_000;

/**
 * Runs one machine over one connection. On any failure the wire is closed
 * without a word to the other side. Codes: the machine's,
 * `mesh/handshake-timeout`, `mesh/handshake-closed`, `mesh/aborted`.
 */
export async function runHandshake(
  machine: LinkMachine,
  wire: HandshakeWire,
  deps: { readonly scheduler: Scheduler },
  options: { readonly timeoutMs?: number; readonly signal?: AbortSignal | undefined } = {},
): Promise<Result<LinkSession, Failure>> {
  const { timeoutMs = handshakeTimeoutMs, signal } = options;
  let stopCode: MeshFailureCode | undefined;
  const stop = (code: MeshFailureCode): void => {
    stopCode ??= code;
    wire.close();
  };
  const onAbort = (): void => stop('mesh/aborted');
  const cancelTimeout: Cancel = deps.scheduler.schedule(timeoutMs, () =>
    stop('mesh/handshake-timeout'),
  );
  signal?.addEventListener('abort', onAbort);
  if (signal?.aborted === true) onAbort();
  try {
    const result = await exchange(machine, wire, () => stopCode);
    if (!result.ok) wire.close();
    return result;
  } finally {
    cancelTimeout();
    signal?.removeEventListener('abort', onAbort);
  }
}

async function exchange(
  machine: LinkMachine,
  wire: HandshakeWire,
  stopCodeNow: () => MeshFailureCode | undefined,
): Promise<Result<LinkSession, Failure>> {
  let step = await machine.start();
  for (;;) {
    const stopCode = stopCodeNow();
    if (stopCode !== undefined) return meshErr(stopCode);
    if (step.kind === 'fail') return { ok: false, error: step.failure };
    const outgoing = step.kind === 'wait' ? undefined : step.message;
    if (outgoing !== undefined && !(await tryWrite(wire, outgoing))) {
      return meshErr(stopCodeNow() ?? 'mesh/handshake-closed');
    }
    if (step.kind === 'done') return ok(step.session);

    const message = await readMessage(machine, wire);
    if (message === undefined) return meshErr(stopCodeNow() ?? 'mesh/handshake-closed');
    if (!message.ok) return message;
    step = await machine.receive(message.value);
  }
}

async function readMessage(
  machine: LinkMachine,
  wire: HandshakeWire,
): Promise<Result<Uint8Array> | undefined> {
  const header = await wire.read(headerLength);
  if (header === undefined) return undefined;
  const length = machine.expect(header);
  if (!length.ok) return length;
  const rest = await wire.read(length.value - headerLength);
  if (rest === undefined) return undefined;
  const message = new Uint8Array(length.value);
  message.set(header);
  message.set(rest, headerLength);
  return ok(message);
}

async function tryWrite(wire: HandshakeWire, bytes: Uint8Array): Promise<boolean> {
  try {
    await wire.write(bytes);
    return true;
  } catch {
    return false;
  }
}
