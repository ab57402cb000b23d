import { Worker } from 'node:worker_threads';

/** Draws diagrams, each within a limit of time and memory. Disposing of it ends the drawing thread. */
export interface DiagramRenderer extends AsyncDisposable {
  /** Graphviz' SVG, still to be redrawn; `undefined` for what cannot be drawn within the limits. */
  render(dot: string): Promise<string | undefined>;
}

/** Longest text of a diagram, in UTF-16 units. */
const MAX_DOT_LENGTH = 16_384;

/** How long one diagram may take. Ordinary ones take some milliseconds. */
const LIMIT_MS = 5_000;

/** Diagrams that may be late before no more are drawn: a folder full of them must not take hours. */
const MAX_LATE = 8;

/** Starts no thread before there is a diagram to draw. Diagrams are drawn one after the other. */
export function createDiagramRenderer(limitMs: number = LIMIT_MS): DiagramRenderer {
  let thread: Worker | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  let lateCount = 0;

  const drop = async (): Promise<void> => {
    const ending = thread;
    thread = undefined;
    await ending?.terminate();
  };

  const draw = async (dot: string): Promise<string | undefined> => {
    if (lateCount >= MAX_LATE) return undefined;
    thread ??= await startThread();
    const answer = await answerOf(thread, dot, limitMs);
    // A thread that is late or broke down is not asked again.
    if (answer.kind === 'lost') {
      lateCount += 1;
      await drop();
    }
    return answer.kind === 'drawn' ? answer.svg : undefined;
  };

  return {
    render(dot) {
      if (dot.length > MAX_DOT_LENGTH) return Promise.resolve(undefined);
      const drawn = queue.then(() => draw(dot));
      queue = drawn.catch(() => undefined);
      return drawn;
    },
    async [Symbol.asyncDispose]() {
      await queue;
      await drop();
    },
  };
}

async function startThread(): Promise<Worker> {
  const thread = new Worker(new URL('./diagram-worker.ts', import.meta.url), {
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 256 },
  });
  // A broken thread may report an error when nobody waits for it any more.
  thread.on('error', () => undefined);
  const first = await nextAnswer(thread);
  if (first.kind === 'lost') throw new Error('the thread that draws diagrams did not start');
  return thread;
}

type Answer =
  | { readonly kind: 'drawn'; readonly svg: string | undefined }
  | { readonly kind: 'lost' };

async function answerOf(thread: Worker, dot: string, limitMs: number): Promise<Answer> {
  const late = Promise.withResolvers<Answer>();
  const timer = setTimeout(() => late.resolve({ kind: 'lost' }), limitMs);
  const answer = nextAnswer(thread);
  thread.postMessage(dot, []);
  const first = await Promise.race([answer, late.promise]);
  clearTimeout(timer);
  return first;
}

/** The next message of the thread, or that it ended. */
async function nextAnswer(thread: Worker): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const onMessage = (svg: unknown): void => {
    resolve({ kind: 'drawn', svg: typeof svg === 'string' ? svg : undefined });
  };
  const onEnd = (): void => resolve({ kind: 'lost' });
  thread.once('message', onMessage);
  thread.once('exit', onEnd);
  const answer = await promise;
  thread.off('message', onMessage);
  thread.off('exit', onEnd);
  return answer;
}
