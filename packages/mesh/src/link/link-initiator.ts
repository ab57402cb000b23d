import { eraseBytes, type Failure, ok, type Result } from '@pars/base';
import type { HybridKemPrivateKey } from '@pars/crypto';
import { type MeshFailure, meshErr } from '../errors.ts';
import type { NodeId } from '../mesh-host.ts';
import { type KeyFingerprint, nodeIdFromKey } from '../node-id.ts';
import type { EphemeralKeys } from './ephemeral-keys.ts';
import { openIdentity, sealIdentity } from './identity-payload.ts';
import type { LinkClaim } from './link-claim.ts';
import {
  deriveHandshakeKeys,
  deriveTrafficRoots,
  extendTranscript,
  startTranscript,
} from './link-keys.ts';
import type { LinkDeps, LinkMachine, LinkStep } from './link-machine.ts';
import {
  cookieLength,
  headerLength,
  kemKeyLength,
  type MessageType,
  messageLengthByType,
  messageType,
  readHeader,
  readMessageType,
  writeMessage,
} from './link-wire.ts';
import { maxDifficulty, solvePuzzle } from './puzzle.ts';

/** Who must be at the other end. The fingerprint alone says it against a quantum attacker too. */
export interface LinkExpectation {
  readonly nodeId?: NodeId | undefined;
  readonly fingerprint?: KeyFingerprint | undefined;
}

/** What the initiator wants. */
export interface LinkInitiatorOptions {
  /** The only node it will talk to; any node when absent. */
  readonly expected?: LinkExpectation;
  /** Where the ephemeral key comes from; a fresh one is made when absent. */
  readonly ephemeralKeys?: Pick<EphemeralKeys, 'take'>;
  /** Lets other work run between bursts of puzzle solving. */
  readonly pause: () => Promise<void>;
}

type InitiatorState =
  | { readonly name: 'idle' }
  | {
      readonly name: 'awaiting-reply';
      readonly privateKey: HybridKemPrivateKey;
      /** The hello or retry that was sent last. */
      readonly firstMessage: Uint8Array;
      readonly allowed: readonly MessageType[];
    }
  | { readonly name: 'working' }
  | { readonly name: 'done' }
  | { readonly name: 'failed'; readonly failure: Failure };

/** The dialling end of `/pars/link/1` (PIP-1000 §6). */
export function createLinkInitiator(deps: LinkDeps, options: LinkInitiatorOptions): LinkMachine {
  const { symmetric, kem } = deps.suite;
  const ownId = nodeIdFromKey(deps.identity.publicKey.bytes);
  let state: InitiatorState = { name: 'idle' };

  return {
    role: 'initiator',
    get stateName() {
      return state.name;
    },
    async start() {
      if (state.name !== 'idle') return fail(meshErr('mesh/unexpected-message').error);
      state = { name: 'working' };
      const privateKey = await (options.ephemeralKeys?.take() ?? makeEphemeralKey());
      const hello = writeMessage(messageType.hello, privateKey.publicKey.bytes);
      return awaitReply(privateKey, hello, [messageType.challenge, messageType.reply]);
    },
    expect(header) {
      const type = readHeader(header, allowedTypes());
      if (!type.ok) {
        fail(type.error);
        return type;
      }
      return ok(messageLengthByType.get(type.value) ?? 0);
    },
    async receive(message) {
      const type = readMessageType(message, allowedTypes());
      if (!type.ok) return fail(type.error);
      if (state.name !== 'awaiting-reply') return fail(meshErr('mesh/unexpected-message').error);
      const { privateKey, firstMessage } = state;
      state = { name: 'working' };
      return type.value === messageType.challenge
        ? answerChallenge(privateKey, firstMessage, message.slice(headerLength))
        : finish(privateKey, firstMessage, message);
    },
  };

  async function makeEphemeralKey(): Promise<HybridKemPrivateKey> {
    const seed = kem.generateSeed();
    const key = await kem.privateKeyFromSeed(seed);
    eraseBytes(seed);
    return key;
  }

  async function answerChallenge(
    privateKey: HybridKemPrivateKey,
    hello: Uint8Array,
    cookie: Uint8Array,
  ): Promise<LinkStep> {
    const difficulty = cookie[cookieLength - 33] ?? 0;
    if (difficulty > maxDifficulty) return fail(meshErr('mesh/puzzle-too-hard').error);
    const answer = await solvePuzzle(symmetric, cookie, difficulty, options.pause);
    const ephemeralKey = hello.subarray(headerLength);
    const retry = writeMessage(messageType.retry, cookie, answer, ephemeralKey);
    return awaitReply(privateKey, retry, [messageType.reply]);
  }

  async function finish(
    privateKey: HybridKemPrivateKey,
    firstMessage: Uint8Array,
    reply: Uint8Array,
  ): Promise<LinkStep> {
    const sealedOffset = headerLength + kemKeyLength;
    const secret = await kem.decapsulate(privateKey, reply.slice(headerLength, sealedOffset));
    if (!secret.ok) return fail(meshErr('mesh/bad-key').error);

    const started = startTranscript(symmetric, firstMessage);
    const agreed = extendTranscript(symmetric, started, reply.subarray(0, sealedOffset));
    const keys = deriveHandshakeKeys(symmetric, secret.value, agreed);
    const sealed = reply.slice(sealedOffset);
    const responder = await openIdentity(deps.suite, 'responder', agreed, keys.responder, sealed, {
      isWanted,
      accept: deps.accept,
    });
    if (!responder.ok) {
      eraseBytes(secret.value);
      eraseBytes(keys.initiator);
      return fail(responder.error);
    }

    const proven = extendTranscript(symmetric, agreed, sealed);
    const identity = await sealIdentity(
      deps.suite,
      deps.identity,
      'initiator',
      proven,
      keys.initiator,
    );
    const message = writeMessage(messageType.finish, identity);
    const complete = extendTranscript(symmetric, proven, message);
    const roots = deriveTrafficRoots(symmetric, secret.value, complete);
    eraseBytes(secret.value);
    if (state.name !== 'working') return fail(meshErr('mesh/unexpected-message').error);
    state = { name: 'done' };
    const session = {
      role: 'initiator',
      peer: responder.value,
      sendRoot: roots.initiator,
      receiveRoot: roots.responder,
    } as const;
    return { kind: 'done', message, session };
  }

  function isWanted(claim: LinkClaim): Result<void, MeshFailure> {
    const { nodeId, fingerprint } = options.expected ?? {};
    if (claim.nodeId === ownId) return meshErr('mesh/self-dial');
    const isOther =
      (nodeId !== undefined && nodeId !== claim.nodeId) ||
      (fingerprint !== undefined && fingerprint !== claim.fingerprint);
    return isOther ? meshErr('mesh/wrong-peer') : ok(undefined);
  }

  function allowedTypes(): readonly MessageType[] {
    return state.name === 'awaiting-reply' ? state.allowed : [];
  }

  function awaitReply(
    privateKey: HybridKemPrivateKey,
    firstMessage: Uint8Array,
    allowed: readonly MessageType[],
  ): LinkStep {
    if (state.name !== 'working') return fail(meshErr('mesh/unexpected-message').error);
    state = { name: 'awaiting-reply', privateKey, firstMessage, allowed };
    return { kind: 'send', message: firstMessage };
  }

  /** Ends the machine; the first failure stays. */
  function fail(failure: Failure): LinkStep {
    if (state.name !== 'failed') state = { name: 'failed', failure };
    return { kind: 'fail', failure: state.failure };
  }
}
