export type { CarrierFailureCode } from './carriers/errors.ts';
export { openSerialRadio, type SerialRadioOptions } from './carriers/serial/serial-radio.ts';
export { readOffered, type SeenFile, writeToStick } from './carriers/stick-watch/stick-file.ts';
export {
  type OfferedFile,
  type StickWatchOptions,
  watchSticks,
} from './carriers/stick-watch/stick-watch.ts';
export { createNodeCryptoProvider } from './crypto/node-crypto-provider.ts';
export { systemRandom } from './crypto/system-random.ts';
export { type DataFolder, openDataFolder } from './data-folder/data-folder.ts';
export { type DataFolderPaths, dataFolderPaths } from './data-folder/data-folder-paths.ts';
export type { DataFolderErrorCode } from './data-folder/errors.ts';
export { checkPrivateFolder } from './data-folder/private-folder.ts';
export {
  type BeaconFailureCode,
  createMdnsBeacon,
  type MdnsBeaconOptions,
} from './discovery/index.ts';
export { limitLog } from './links/guard/limited-log.ts';
export {
  createLibp2pHost,
  type Libp2pHost,
  type Libp2pHostDeps,
  type Libp2pHostOptions,
} from './links/libp2p-host.ts';
export { type MetricsServer, serveMetrics } from './metrics-page/metrics-server.ts';
export {
  createFileBlobStore,
  createSqliteStore,
  createStderrLog,
  type LineSink,
  type StderrLogOptions,
  systemClock,
  systemScheduler,
} from './ports/index.ts';
export type { RpcErrorCode } from './rpc/errors.ts';
export { connectToNode } from './rpc/rpc-client.ts';
export type { RpcServer, RpcServerDeps } from './rpc/rpc-server.ts';
export { createTokenCheck, loadOrCreateToken } from './rpc/rpc-token.ts';
export { serveOnSocket } from './rpc/socket-server.ts';
export { serveOnWebSocket, type WebSocketRpcServer } from './rpc/websocket-server.ts';
export { createNodeRtcEngine, type NodeRtcOptions } from './rtc/rtc-engine.ts';
export {
  type StaticSiteErrorCode,
  type StaticSiteServer,
  serveStaticSite,
} from './static-site/static-site-server.ts';
export { createFileMedia, type FileMedia, openFileMedia } from './vault/file-media.ts';
export { openFileSecret } from './vault/file-secret.ts';
export {
  type FileVaultPlace,
  type FileVaultPlaceDeps,
  type FileVaultPlaceOptions,
  openFileVaultPlace,
} from './vault/file-vault-place.ts';
export type { KeeperFailureCode, KeptSecret } from './vault/kept-secret.ts';
export { openKeyringSecret } from './vault/keyring-secret.ts';
export { openNodeSqlEngine } from './vault/sqlite-engine.ts';
export { FIRST_TPM_INDEX, LAST_TPM_INDEX, openTpmSecret } from './vault/tpm-secret.ts';
export type { VaultMakers } from './vault/vault-makers.ts';
