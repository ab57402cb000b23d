import { type ByteStream, ParsError, utf8FromBytes, utf8ToBytes } from '@pars/base';
import type { SigningPublicKeyBytes } from '@pars/crypto';
import { type LinkChange, type LinkPeer, type MeshHost, meshErr, type NodeId } from '@pars/mesh';
import { type NodeIndex, type ProcessContext, traffic } from '../kernel/index.ts';
import { createByteStreams } from '../peers/byte-streams.ts';

/** A {@link MeshHost} on the kernel, whose links come and go as the world says. */
export interface KernelHost extends MeshHost {
  receive(from: NodeIndex, message: Uint8Array): void;
  /** The link with this node is up. */
  link(node: NodeIndex, direction: LinkPeer['direction']): void;
  /** The link is gone; its streams break. */
  unlink(node: NodeIndex): void;
}

type Handler = (stream: ByteStream, peer: LinkPeer) => Promise<void>;

/** A host of one life. `onDrop` is told when the node itself ends a link. */
export function createKernelHost(
  context: ProcessContext,
  nodeIds: readonly NodeId[],
  onDrop: (node: NodeIndex) => void,
): KernelHost {
  const peerByNode = new Map<NodeIndex, LinkPeer>();
  const streamsByNode = new Map<NodeIndex, Set<ByteStream>>();
  const handlerByProtocol = new Map<string, Handler>();
  const listeners = new Set<(change: LinkChange) => void>();
  const streams = createByteStreams(
    context,
    (stream, from) => void accept(stream, from).catch(() => stream.abort()),
    traffic.payload,
  );
  const tell = (change: LinkChange): void => {
    for (const listener of [...listeners]) listener(change);
  };

  function note(node: NodeIndex, stream: ByteStream): void {
    const open = streamsByNode.get(node) ?? new Set();
    streamsByNode.set(node, open.add(stream));
  }

  /** The first write of a stream is the name of its protocol. */
  async function accept(stream: ByteStream, from: NodeIndex): Promise<void> {
    const peer = peerByNode.get(from);
    if (peer === undefined) return stream.abort();
    note(from, stream);
    const reader = stream.source[Symbol.asyncIterator]();
    const first = await reader.next();
    const name = first.done === true ? undefined : utf8FromBytes(first.value);
    const handler = name?.ok === true ? handlerByProtocol.get(name.value) : undefined;
    if (handler === undefined) return stream.abort();
    await handler({ ...stream, source: { [Symbol.asyncIterator]: () => reader } }, peer);
    await stream.closeWrite();
  }

  return {
    nodeId: nodeIds[context.self] as NodeId,
    addresses: () => [],
    dial: async () => meshErr('mesh/unreachable'),
    peers: () => [...peerByNode.values()],
    onLink(listener) {
      const entry = (change: LinkChange): void => listener(change);
      listeners.add(entry);
      return () => listeners.delete(entry);
    },
    drop(nodeId) {
      onDrop(nodeIds.indexOf(nodeId));
    },
    async openStream(nodeId, protocol) {
      const node = nodeIds.indexOf(nodeId);
      if (!peerByNode.has(node)) return meshErr('mesh/not-connected');
      const stream = streams.open(node);
      note(node, stream);
      await stream.write(utf8ToBytes(protocol));
      return { ok: true, value: stream };
    },
    handle(protocol, handler) {
      if (handlerByProtocol.has(protocol)) throw new ParsError('mesh/handler-exists', { protocol });
      handlerByProtocol.set(protocol, handler);
    },
    async [Symbol.asyncDispose]() {},
    receive: streams.receive,
    link(node, direction) {
      if (peerByNode.has(node)) return;
      const peer: LinkPeer = {
        nodeId: nodeIds[node] as NodeId,
        nodeKey: new Uint8Array(0) as SigningPublicKeyBytes,
        address: `/memory/node-${node}`,
        direction,
        sinceMs: context.clock.nowMs(),
      };
      peerByNode.set(node, peer);
      tell({ type: 'up', peer });
    },
    unlink(node) {
      const peer = peerByNode.get(node);
      if (peer === undefined) return;
      peerByNode.delete(node);
      const open = streamsByNode.get(node) ?? [];
      streamsByNode.delete(node);
      for (const stream of open) stream.abort();
      tell({ type: 'down', peer });
    },
  };
}
