export { erasableSecretConformance } from './erasable-secret-conformance.ts';
export { type MediaSubject, mediaConformance } from './media-conformance.ts';
