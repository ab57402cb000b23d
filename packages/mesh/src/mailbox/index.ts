export {
  chooseKeepers,
  type KeeperId,
  keeperName,
  mailboxShard,
  shardPlace,
} from './keeper-choice.ts';
export {
  maxKeeperMessage,
  type ShardDay,
  storedReceipt,
  storeMessage,
} from './keeper-message.ts';
export {
  createRepairRound,
  type RepairEffect,
  type RepairOptions,
  type RepairReport,
  type RepairRound,
  type RepairTask,
} from './keeper-repair.ts';
export {
  createKeeperServer,
  type KeeperEffect,
  type KeeperServer,
  type KeeperServerDeps,
} from './keeper-server.ts';
export {
  createMailboxFetch,
  type FetchDeps,
  type FetchEffect,
  type FetchQuestion,
  type MailboxFetch,
} from './mailbox-fetch.ts';
export {
  type FetchRate,
  firstMailboxes,
  type MailboxNetwork,
  type MailboxValues,
  requireMailboxNetwork,
} from './mailbox-network.ts';
export {
  createMailboxPost,
  type DuePost,
  type MailboxPost,
  type ParcelState,
  type PostEffect,
  type PostOptions,
} from './mailbox-post.ts';
export type { ShardItem } from './shard-item.ts';
export { createShardRegister, type RegisterEntry, type ShardRegister } from './shard-register.ts';
export type { FetchMode, WantedTags } from './wanted-tags.ts';
