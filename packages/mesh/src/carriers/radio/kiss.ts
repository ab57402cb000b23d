/** Bytes of a radio frame at most, before KISS escapes any (PIP-1007 §3). */
export const maxRadioFrameLength = 230;

const frameEnd = 0xc0;
const escape = 0xdb;
const escapedEnd = 0xdc;
const escapedEscape = 0xdd;
/** Port 0, data. */
const dataCommand = 0x00;

/** A frame as a KISS modem takes it: FEND ‖ 0 ‖ escaped bytes ‖ FEND (PIP-1007 §3). */
export function encodeKissFrame(frame: Uint8Array): Uint8Array {
  const bytes: number[] = [frameEnd, dataCommand];
  for (const byte of frame) {
    if (byte === frameEnd) bytes.push(escape, escapedEnd);
    else if (byte === escape) bytes.push(escape, escapedEscape);
    else bytes.push(byte);
  }
  bytes.push(frameEnd);
  return Uint8Array.from(bytes);
}

/** Finds frames in what a modem sends. */
export interface KissReader {
  /** The frames that end in these bytes. Total: noise, other commands and frames that are too long are skipped. */
  push(bytes: Uint8Array): readonly Uint8Array[];
}

/** A reader that holds at most {@link maxRadioFrameLength} bytes. */
export function createKissReader(): KissReader {
  const buffer = new Uint8Array(maxRadioFrameLength);
  let length = 0;
  let isEscaped = false;
  /** Between frames; the first byte of a frame is its command. */
  let state: 'outside' | 'command' | 'data' | 'skipped' = 'outside';

  function take(byte: number): void {
    if (length === maxRadioFrameLength) {
      state = 'skipped';
      return;
    }
    buffer[length] = byte;
    length += 1;
  }

  function takeData(byte: number): void {
    if (isEscaped) {
      isEscaped = false;
      if (byte === escapedEnd) take(frameEnd);
      else if (byte === escapedEscape) take(escape);
      else state = 'skipped';
    } else if (byte === escape) isEscaped = true;
    else take(byte);
  }

  return {
    push(bytes) {
      const frames: Uint8Array[] = [];
      for (const byte of bytes) {
        if (byte === frameEnd) {
          if (state === 'data' && length > 0 && !isEscaped) frames.push(buffer.slice(0, length));
          state = 'command';
          length = 0;
          isEscaped = false;
        } else if (state === 'command') state = byte === dataCommand ? 'data' : 'skipped';
        else if (state === 'data') takeData(byte);
      }
      return frames;
    },
  };
}

/** Tells the modem how long it keys up before data, 0 to 2,550 ms (KISS command 1). */
export function encodeKissKeyUp(keyUpMs: number): Uint8Array {
  const units = Math.max(0, Math.min(255, Math.round(keyUpMs / 10)));
  // A value that reads as a frame's end goes to its neighbour: 10 ms more or less do not matter.
  const value = units === frameEnd || units === escape ? units + 1 : units;
  return Uint8Array.of(frameEnd, keyUpCommand, value, frameEnd);
}

const keyUpCommand = 0x01;
