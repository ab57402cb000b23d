export { createFileBlobStore } from './file-blob-store.ts';
export { createStderrLog, type LineSink, type StderrLogOptions } from './json-line-log.ts';
export { createSqliteStore } from './sqlite-store.ts';
export { systemClock } from './system-clock.ts';
export { systemScheduler } from './system-scheduler.ts';
