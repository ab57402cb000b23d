/** Writes over the same line of a terminal, at most ten times a second; `undefined` clears it. */
export function createProgressLine(terminal: {
  write(text: string): unknown;
}): (line: string | undefined) => void {
  let shown = '';
  let shownAtMs = 0;
  return (line) => {
    const nowMs = performance.now();
    if (line !== undefined && (line === shown || nowMs - shownAtMs < BETWEEN_MS)) return;
    if (line === undefined && shown === '') return;
    shown = line ?? '';
    shownAtMs = nowMs;
    terminal.write(`\r\u001b[K${shown}`);
  };
}

const BETWEEN_MS = 100;
