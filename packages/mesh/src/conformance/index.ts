export { type MeshHostFixture, meshHostConformance } from './mesh-host-conformance.ts';
export { parcelStoreConformance } from './parcel-store-conformance.ts';
