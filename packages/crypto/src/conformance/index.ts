export { differentialConformance } from './differential.ts';
export { type CreateProvider, providerConformance } from './provider-conformance.ts';
export { createVectorRandom } from './seeded-random.ts';
export { suiteConformance } from './suite-conformance.ts';
export { makeSuiteVectors, type SuiteVectors, suiteVectorCases } from './suite-vectors.ts';
export { WYCHEPROOF_FILES, wycheproofCases } from './wycheproof.ts';
export { xWingCases } from './x-wing.ts';
