// Runs as a page that ends its workers, and as those workers.
import { obey, PAGES_OF_A_TRANSACTION, type VaultNews, type VaultOrder } from './vault-writer.ts';

/** What all rounds together saw. */
interface Deaths {
  readonly ended: number;
  readonly durable: number;
}

/** Milliseconds after the last news at which a worker is ended: in the middle of most flushes. */
const MOST_DELAY_MS = 9;
/** Transactions of the longest life; those of one without the hidden volume stay far below its margin. */
const COUNT = { hidden: 30, decoy: 3 } as const;

if (typeof document === 'undefined') {
  // A worker's order is its name.
  void obey(JSON.parse(self.name) as VaultOrder, (news) => postMessage(news));
} else {
  Object.assign(globalThis, { parsEndWorkers });
}

/**
 * Makes a vault and ends one worker after the other while it writes. Throws
 * unless each finds both volumes whole, with one and the same transaction on all
 * pages of a volume, not older than what was said to be durable.
 */
async function parsEndWorkers(rounds: number): Promise<Deaths> {
  await live({ create: true }, () => Number.POSITIVE_INFINITY);
  const durable: [number, number] = [0, 0];
  let [ended, total] = [0, 0];
  let mayDecoy: boolean = false;
  for (let round = 0; round < rounds; round += 1) {
    const write: 'hidden' | 'decoy' = mayDecoy && round % 3 === 2 ? 'decoy' : 'hidden';
    const lines = 1 + Math.floor(Math.random() * (write === 'decoy' ? 3 : 12));
    const news = await live({ write, count: COUNT[write] }, (heard) =>
      heard < lines ? Number.POSITIVE_INFINITY : Math.random() * MOST_DELAY_MS,
    );
    const [opened, ...rest] = news;
    if (opened === undefined || !('opened' in opened) || opened.opened !== write) {
      throw new Error(`round ${round}: ${JSON.stringify(opened)}`);
    }
    for (const volume of write === 'hidden' ? ([0, 1] as const) : ([0] as const)) {
      const numbers = opened.numbers[volume] ?? [];
      const [first = 0] = numbers;
      const isWhole =
        new Set(numbers).size <= 1 && numbers.length === (first > 0 ? PAGES_OF_A_TRANSACTION : 0);
      if (!isWhole) throw new Error(`round ${round} volume ${volume}: ${numbers.join()}`);
      if (first < durable[volume]) throw new Error(`round ${round} lost what was durable`);
      const last = rest.findLast((one) => 'durable' in one);
      durable[volume] = last === undefined ? first : last.durable;
    }
    total += rest.length;
    if (rest.length < COUNT[write]) ended += 1;
    mayDecoy = write === 'hidden' && rest.length >= 3;
  }
  return { ended, durable: total };
}

/** Starts a worker and ends it when `delayOf` says so, given how much it said; or when it has done everything. */
async function live(
  order: VaultOrder,
  delayOf: (heard: number) => number,
): Promise<readonly VaultNews[]> {
  const worker = new Worker('/script.js', { type: 'module', name: JSON.stringify(order) });
  const news: VaultNews[] = [];
  await new Promise<void>((resolve, reject) => {
    let isDoomed = false;
    worker.addEventListener('error', (event) => reject(new Error(event.message)));
    worker.addEventListener('message', ({ data }: MessageEvent<VaultNews | 'ready'>) => {
      if (data === 'ready') return;
      news.push(data);
      if ('failed' in data) reject(new Error(data.failed));
      const isDone = 'created' in data || ('count' in order && news.length > order.count);
      if (isDone) resolve();
      const delay = delayOf(news.length);
      if (isDoomed || delay === Number.POSITIVE_INFINITY) return;
      isDoomed = true;
      setTimeout(resolve, delay);
    });
  });
  worker.terminate();
  return news;
}
