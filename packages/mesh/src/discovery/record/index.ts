export {
  type NodeLink,
  nodeLinkAddresses,
  nodeLinkFromAddresses,
  nodeLinkFromText,
  nodeLinkToText,
} from './node-link.ts';
export {
  maxNodeListLength,
  mayReplaceList,
  type NodeList,
  readNodeList,
  signNodeList,
} from './node-list.ts';
export { makeNodeRecord, type NodeRecord, readNodeRecord } from './node-record.ts';
