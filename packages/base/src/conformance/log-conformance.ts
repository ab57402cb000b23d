import type { Log, LogFields, LogLevel } from '../ports/log.ts';
import { checkEqual } from './check.ts';
import type { ConformanceCase } from './conformance-case.ts';

/** A log that takes every level, and a way to see what reached its end. */
export interface LogSubject {
  readonly log: Log;
  readonly entries: () => readonly {
    readonly level: LogLevel;
    readonly event: string;
    readonly fields: LogFields;
  }[];
}

/** What every `Log` promises. */
export function logConformance(create: () => LogSubject): readonly ConformanceCase[] {
  return [
    {
      name: 'log: entries arrive whole and in order',
      async run() {
        const { log, entries } = create();
        log.write('debug', 'test/first');
        log.write('info', 'test/second', { count: 3, ok: true, name: 'x' });
        log.write('warn', 'test/third', {});
        log.write('error', 'test/fourth', { code: 'a/b' });
        checkEqual(
          entries(),
          [
            { level: 'debug', event: 'test/first', fields: {} },
            { level: 'info', event: 'test/second', fields: { count: 3, ok: true, name: 'x' } },
            { level: 'warn', event: 'test/third', fields: {} },
            { level: 'error', event: 'test/fourth', fields: { code: 'a/b' } },
          ],
          'the four entries',
        );
      },
    },
    {
      name: 'log: an entry is taken when it is written',
      async run() {
        const { log, entries } = create();
        const fields = { step: 1 };
        log.write('info', 'test/step', fields);
        fields.step = 2;
        checkEqual(entries()[0]?.fields, { step: 1 }, 'later changes are not seen');
      },
    },
    {
      name: 'log: text from outside cannot forge a second entry',
      async run() {
        const { log, entries } = create();
        const hostile = '\n{"level":"error"}\r\n\u2028\u0085\u001b[2J\u202e';
        log.write('info', 'test/hostile', { reason: hostile });
        checkEqual(entries().length, 1, 'one entry');
        checkEqual(entries()[0]?.fields['reason'], hostile, 'which holds the text');
      },
    },
  ];
}
