/**
 * The light half of this package, for programs that only talk to a node:
 * importing it loads neither libp2p, cryptography nor schemas.
 */
export { type DataFolderPaths, dataFolderPaths } from '../data-folder/data-folder-paths.ts';
export { checkPrivateFolder } from '../data-folder/private-folder.ts';
export { connectToNode } from './rpc-client.ts';
