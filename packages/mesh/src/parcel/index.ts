export { type CustodyBook, createCustodyBook } from './custody-book.ts';
export {
  createParcel,
  type Parcel,
  type ParcelId,
  parcelFromBytes,
  parcelIdFromHeader,
  parcelIds,
} from './parcel.ts';
export type { ParcelEntry } from './parcel-entry.ts';
export { decodeParcelHeader, type ParcelHeader, type ParcelLabel } from './parcel-header.ts';
export type { ParcelNetwork } from './parcel-network.ts';
export { type ParcelPriority, parcelPriorities } from './parcel-priority.ts';
export type { ParcelBounds } from './parcel-quota.ts';
export {
  bucketFromBodyLength,
  bucketFromParcelLength,
  maxParcelLength,
  parcelBodyLengths,
  parcelHeaderLength,
  parcelSizes,
} from './parcel-size.ts';
export {
  openParcelStore,
  type ParcelStore,
  type ParcelStoreDeps,
  type ParcelStoreOptions,
} from './parcel-store.ts';
export {
  checkLifetime,
  dayFromSlot,
  expirySlotFrom,
  maxLifetimeDays,
  slotFromMs,
  slotMs,
  slotsPerDay,
} from './parcel-time.ts';
export { checkPostage, type PostageWork, postageSurcharge } from './postage.ts';
export {
  type CustodyClaim,
  type CustodyKind,
  decodeReceipt,
  encodeReceipt,
  possessionOf,
  type Receipt,
  receiptLength,
} from './receipt.ts';
