export {
  type BookEntry,
  type BookRoute,
  bestSource,
  entryAddresses,
  entryGroup,
  type PeerSource,
} from './book-entry.ts';
export { bookBounds, type DialWish, openPeerBook, type PeerBook } from './peer-book.ts';
