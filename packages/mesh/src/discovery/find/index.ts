export {
  decodeFindMessage,
  encodeFindMessage,
  type FindMessage,
  type FindRefusal,
  findProtocol,
  maxFindMessage,
  maxFound,
} from './find-message.ts';
export {
  type Asker,
  createFinder,
  type Finder,
  type FinderEffect,
  type FinderOptions,
  type FinderStats,
} from './finder.ts';
export type { LookupOptions, LookupResult } from './lookup.ts';
export {
  contactAddresses,
  contactFromPlace,
  dialableContacts,
  maxEndpoints,
  type NodeContact,
} from './node-contact.ts';
export { compareDistance } from './place.ts';
