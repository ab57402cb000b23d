/** Something that is due. */
export interface DueTask {
  readonly dueMs: number;
  /** Unique; breaks ties. */
  readonly sequence: number;
}

/** A priority queue by time, then by sequence: the order in which tasks run. */
export interface TaskHeap<T extends DueTask> {
  push(task: T): void;
  peek(): T | undefined;
  pop(): T | undefined;
}

/** An empty heap. */
export function createTaskHeap<T extends DueTask>(): TaskHeap<T> {
  const tasks: T[] = [];
  const at = (index: number) => tasks[index] as T;

  function swap(i: number, j: number): void {
    [tasks[i], tasks[j]] = [at(j), at(i)];
  }

  function rise(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(at(index), at(parent))) return;
      swap(index, parent);
      index = parent;
    }
  }

  function sink(): void {
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      let first = index;
      if (left < tasks.length && isBefore(at(left), at(first))) first = left;
      if (right < tasks.length && isBefore(at(right), at(first))) first = right;
      if (first === index) return;
      swap(index, first);
      index = first;
    }
  }

  return {
    push(task) {
      tasks.push(task);
      rise(tasks.length - 1);
    },
    peek: () => tasks[0],
    pop() {
      const first = tasks[0];
      const last = tasks.pop();
      if (tasks.length > 0 && last !== undefined) {
        tasks[0] = last;
        sink();
      }
      return first;
    },
  };
}

function isBefore(a: DueTask, b: DueTask): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.sequence < b.sequence);
}
