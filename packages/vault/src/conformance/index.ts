export { erasableSecretConformance } from './erasable-secret-conformance.ts';
export { type MediaSubject, mediaConformance } from './media-conformance.ts';
export { sqlEngineConformance } from './sql-engine-conformance.ts';
