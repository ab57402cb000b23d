export { type MeshHostFixture, meshHostConformance } from './mesh-host-conformance.ts';
