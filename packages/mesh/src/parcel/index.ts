export { type CustodyBook, createCustodyBook } from './custody-book.ts';
export {
  createParcel,
  type Parcel,
  type ParcelId,
  parcelFromBytes,
  parcelIdFromHeader,
  parcelIds,
} from './parcel.ts';
export { decodeParcelHeader, type ParcelHeader, type ParcelLabel } from './parcel-header.ts';
export type { ParcelNetwork } from './parcel-network.ts';
export { type ParcelPriority, parcelPriorities } from './parcel-priority.ts';
export {
  bucketFromBodyLength,
  bucketFromParcelLength,
  maxParcelLength,
  parcelBodyLengths,
  parcelHeaderLength,
  parcelSizes,
} from './parcel-size.ts';
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
export type { ParcelChanges } from './store/arrival-log.ts';
export type { DayIds } from './store/day-order.ts';
export type { ParcelEntry, TaggedParcelEntry } from './store/parcel-entry.ts';
export type { ParcelBounds } from './store/parcel-quota.ts';
export {
  openParcelStore,
  type ParcelStore,
  type ParcelStoreDeps,
  type ParcelStoreOptions,
} from './store/parcel-store.ts';
export {
  checkToken,
  createTokenParcel,
  decodeToken,
  encodeToken,
  issueToken,
  type ParcelToken,
  parcelTokenLength,
  type TokenUse,
} from './token/parcel-token.ts';
