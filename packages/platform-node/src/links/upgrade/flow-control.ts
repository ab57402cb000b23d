import type { MessageStream } from '@libp2p/interface';

/** Holds incoming bytes back; does nothing on a stream that has ended. */
export function pauseReading(stream: MessageStream): void {
  try {
    stream.pause();
  } catch {
    // Only thrown when the readable end is closed: nothing comes any more.
  }
}

/** Lets bytes in again; does nothing on a stream that has ended or was not paused. */
export function resumeReading(stream: MessageStream): void {
  try {
    stream.resume();
  } catch {
    // Only thrown when the readable end is closed: nothing comes any more.
  }
}
