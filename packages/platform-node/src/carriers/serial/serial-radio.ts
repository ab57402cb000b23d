import { constants, openSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { err, type Failure, ok, ParsError, type Result } from '@pars/base';
import { createKissReader, encodeKissFrame, encodeKissKeyUp, type RadioDevice } from '@pars/mesh';
import type { SerialPort } from 'serialport';
import type { CarrierFailureCode } from '../errors.ts';

/** How a modem is attached. */
export interface SerialRadioOptions {
  /** `/dev/ttyUSB0`, `COM3`; a pseudo-terminal works too. */
  readonly path: string;
  /** Between computer and modem; what is on the air is another matter. Default 9,600. */
  readonly baudRate?: number;
  /** Told to the modem, when it is given: 0 to 2,550. */
  readonly keyUpMs?: number;
}

/** Frames that wait for the reader at most; more are dropped, as the air does. */
const maxWaiting = 64;
/** A modem that takes nothing for so long is gone. */
const stuckMs = 60_000;

/**
 * Opens a KISS modem on a serial port (PIP-1007 §3). The library behind it is
 * loaded now, not before. Codes: `serial/…`.
 */
export async function openSerialRadio(
  { baudRate = 9_600, keyUpMs, path }: SerialRadioOptions,
  signal?: AbortSignal,
): Promise<Result<RadioDevice, Failure<CarrierFailureCode>>> {
  const library = await import('serialport').catch(() => undefined);
  if (library === undefined) return err('serial/unsupported');
  const input = openInput(path);
  if (!input.ok) return input;
  const port = await openPort(library.SerialPort, path, baudRate);
  if (!port.ok) {
    input.value?.destroy();
    return port;
  }
  const device = createDevice(port.value, input.value);
  if (signal?.aborted === true) {
    await device[Symbol.asyncDispose]();
    return err('serial/gone');
  }
  if (keyUpMs !== undefined) {
    try {
      await writeTo(port.value, encodeKissKeyUp(keyUpMs));
    } catch {
      await device[Symbol.asyncDispose]();
      return err('serial/gone');
    }
  }
  return ok(device);
}

/**
 * The library's own reading loses wake-ups for up to half a minute (13.0.0 on
 * Linux with Node 26: seen over pseudo-terminals), and spins for ever when the
 * device is gone. So it sets the port up and writes; Node's terminal stream
 * reads, from a descriptor of its own that was opened before the port was locked.
 */
function openInput(path: string): Result<ReadStream | undefined, Failure<CarrierFailureCode>> {
  if (process.platform === 'win32') return ok(undefined);
  try {
    const { O_NOCTTY, O_NONBLOCK, O_RDONLY } = constants;
    const input = new ReadStream(openSync(path, O_RDONLY | O_NOCTTY | O_NONBLOCK));
    return ok(input);
  } catch (error) {
    return failureFrom(error);
  }
}

function openPort(
  Port: typeof SerialPort,
  path: string,
  baudRate: number,
): Promise<Result<SerialPort, Failure<CarrierFailureCode>>> {
  const { promise, resolve } =
    Promise.withResolvers<Result<SerialPort, Failure<CarrierFailureCode>>>();
  try {
    const port = new Port({ path, baudRate, autoOpen: false, highWaterMark: 4_096 });
    port.open((error) => resolve(error === null ? ok(port) : failureFrom(error)));
  } catch (error) {
    resolve(failureFrom(error));
  }
  return promise;
}

/** The library tells failures by words of the system only. */
function failureFrom(error: unknown): Result<never, Failure<CarrierFailureCode>> {
  const text = error instanceof Error ? error.message : '';
  if (/no such file|ENOENT|file not found/i.test(text)) return err('serial/not-found');
  if (/permission denied|EACCES|access denied/i.test(text)) return err('serial/not-permitted');
  if (/cannot lock|busy|EBUSY/i.test(text)) return err('serial/in-use');
  const reason = /\b(E[A-Z]{3,})\b/.exec(text)?.[1] ?? 'unknown';
  return err('serial/unusable', { reason });
}

function createDevice(port: SerialPort, input: ReadStream | undefined): RadioDevice {
  const source = input ?? port;
  const reader = createKissReader();
  const waiting: Uint8Array[] = [];
  let wake: (() => void) | undefined;
  let isGone = false;

  function end(): void {
    isGone = true;
    wake?.();
  }

  source.on('data', (bytes: Uint8Array) => {
    waiting.push(...reader.push(bytes));
    waiting.splice(0, Math.max(0, waiting.length - maxWaiting));
    wake?.();
  });
  source.on('end', end);
  for (const stream of new Set([source, port])) {
    stream.on('close', end);
    stream.on('error', end);
  }

  async function* frames(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const frame = waiting.shift();
      if (frame !== undefined) yield frame;
      else if (isGone) return;
      else {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        await promise;
      }
    }
  }

  async function close(): Promise<void> {
    end();
    input?.destroy();
    if (!port.isOpen) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    // A device that is gone already says so; there is nothing to do about it.
    port.close(() => resolve());
    await promise;
  }

  return {
    frames: frames(),
    async send(frame, signal) {
      signal?.throwIfAborted();
      if (isGone) throw new ParsError('serial/gone');
      try {
        await writeTo(port, encodeKissFrame(frame));
      } catch (cause) {
        await close();
        throw new ParsError('serial/gone', {}, { cause });
      }
    },
    [Symbol.asyncDispose]: close,
  };
}

function writeTo(port: SerialPort, bytes: Uint8Array): Promise<void> {
  const { promise, reject, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error('stuck')), stuckMs);
  port.write(Buffer.from(bytes), (error) => {
    clearTimeout(timer);
    if (error) reject(error);
    else resolve();
  });
  return promise;
}
