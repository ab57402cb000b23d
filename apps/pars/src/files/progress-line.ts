/** Writes over the same line of a terminal, at most ten times a second; `undefined` clears it. */
export function createProgressLine(
  terminal: { write(text: string): unknown },
  monotonicMs: () => number = () => performance.now(),
): (line: string | undefined) => void {
  let shown = '';
  let shownAtMs = Number.NEGATIVE_INFINITY;
  return (line) => {
    const nowMs = monotonicMs();
    if (line !== undefined && (line === shown || nowMs - shownAtMs < BETWEEN_MS)) return;
    if (line === undefined && shown === '') return;
    shown = line ?? '';
    shownAtMs = nowMs;
    terminal.write(`\r\u001b[K${shown}`);
  };
}

const BETWEEN_MS = 100;
