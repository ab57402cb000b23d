export type { ConformanceCase, FuzzTarget } from './conformance-case.ts';
