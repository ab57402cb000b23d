export { createMemoryMedia, type MediaOperation, type MemoryMedia } from './memory-media.ts';
export { createMemorySecret, type MemorySecret } from './memory-secret.ts';
