import { eraseBytes, type Failure, ok, type Redacted, type Result } from '@pars/base';
import type { SharedSecret } from '@pars/crypto';
import { type MeshFailure, meshErr } from '../errors.ts';
import { nodeIdFromKey } from '../node-id.ts';
import type { CookieJar } from './cookie-jar.ts';
import { openIdentity, sealIdentity } from './identity-payload.ts';
import type { LinkClaim } from './link-claim.ts';
import {
  deriveHandshakeKeys,
  deriveTrafficRoots,
  extendTranscript,
  startTranscript,
  type Transcript,
} from './link-keys.ts';
import type { LinkDeps, LinkMachine, LinkStep } from './link-machine.ts';
import {
  answerLength,
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

/** How the responder guards its work (PIP-1000 §5). */
export interface LinkResponderOptions {
  /**
   * Difficulty of the puzzle to set now (0 to 16 bits), or `undefined` when
   * the load allows to answer a hello at once.
   */
  readonly difficulty: () => number | undefined;
  /** Called just before the first public-key operation. */
  readonly onWork?: () => void;
  readonly cookies: CookieJar;
  /** See {@link CookieSubject.returnPath}. */
  readonly returnPath: Uint8Array;
}

type ResponderState =
  | { readonly name: 'idle' }
  | { readonly name: 'awaiting-hello' }
  | { readonly name: 'awaiting-retry' }
  | { readonly name: 'working' }
  | {
      readonly name: 'awaiting-finish';
      readonly secret: SharedSecret;
      readonly key: Redacted<Uint8Array>;
      readonly transcript: Transcript;
    }
  | { readonly name: 'done' }
  | { readonly name: 'failed'; readonly failure: Failure };

/** The answering end of `/pars/link/1` (PIP-1000 §6). */
export function createLinkResponder(deps: LinkDeps, options: LinkResponderOptions): LinkMachine {
  const { symmetric, kem } = deps.suite;
  const ownId = nodeIdFromKey(deps.identity.publicKey.bytes);
  let state: ResponderState = { name: 'idle' };

  return {
    role: 'responder',
    get stateName() {
      return state.name;
    },
    async start() {
      if (state.name !== 'idle') return fail(meshErr('mesh/unexpected-message').error);
      state = { name: 'awaiting-hello' };
      return { kind: 'wait' };
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
      switch (state.name) {
        case 'awaiting-hello':
          return receiveHello(message);
        case 'awaiting-retry':
          return receiveRetry(message);
        case 'awaiting-finish':
          return receiveFinish(state, message);
        default:
          return fail(meshErr('mesh/unexpected-message').error);
      }
    },
  };

  async function receiveHello(hello: Uint8Array): Promise<LinkStep> {
    const ephemeralKey = hello.slice(headerLength);
    const difficulty = options.difficulty();
    if (difficulty === undefined) return reply(hello, ephemeralKey);
    const subject = { returnPath: options.returnPath, ephemeralKey };
    const cookie = options.cookies.make(subject, difficulty);
    state = { name: 'awaiting-retry' };
    return { kind: 'send', message: writeMessage(messageType.challenge, cookie) };
  }

  async function receiveRetry(retry: Uint8Array): Promise<LinkStep> {
    const answerOffset = headerLength + cookieLength;
    const keyOffset = answerOffset + answerLength;
    const ephemeralKey = retry.slice(keyOffset);
    const checked = options.cookies.check(
      { returnPath: options.returnPath, ephemeralKey },
      retry.slice(headerLength, answerOffset),
      retry.slice(answerOffset, keyOffset),
    );
    return checked.ok ? reply(retry, ephemeralKey) : fail(checked.error);
  }

  async function reply(firstMessage: Uint8Array, ephemeralKey: Uint8Array): Promise<LinkStep> {
    state = { name: 'working' };
    options.onWork?.();
    const publicKey = await kem.publicKeyFromBytes(ephemeralKey);
    if (!publicKey.ok) return fail(meshErr('mesh/bad-key').error);
    const encapsulated = await kem.encapsulate(publicKey.value);
    if (!encapsulated.ok) return fail(meshErr('mesh/bad-key').error);
    const { ciphertext, sharedSecret: secret } = encapsulated.value;

    const head = new Uint8Array(headerLength + kemKeyLength);
    const message = writeMessage(messageType.reply, ciphertext, emptySealedIdentity);
    head.set(message.subarray(0, head.length));
    const agreed = extendTranscript(symmetric, startTranscript(symmetric, firstMessage), head);
    const keys = deriveHandshakeKeys(symmetric, secret, agreed);
    const sealed = await sealIdentity(
      deps.suite,
      deps.identity,
      'responder',
      agreed,
      keys.responder,
    );
    message.set(sealed, head.length);
    const transcript = extendTranscript(symmetric, agreed, sealed);
    if (state.name !== 'working') return fail(meshErr('mesh/unexpected-message').error);
    state = { name: 'awaiting-finish', secret, key: keys.initiator, transcript };
    return { kind: 'send', message };
  }

  async function receiveFinish(
    awaiting: Extract<ResponderState, { readonly name: 'awaiting-finish' }>,
    message: Uint8Array,
  ): Promise<LinkStep> {
    state = { name: 'working' };
    const { secret, key, transcript } = awaiting;
    const sealed = message.slice(headerLength);
    const initiator = await openIdentity(deps.suite, 'initiator', transcript, key, sealed, {
      isWanted,
      accept: deps.accept,
    });
    if (!initiator.ok) {
      eraseBytes(secret);
      return fail(initiator.error);
    }
    const complete = extendTranscript(symmetric, transcript, message);
    const roots = deriveTrafficRoots(symmetric, secret, complete);
    eraseBytes(secret);
    if (state.name !== 'working') return fail(meshErr('mesh/unexpected-message').error);
    state = { name: 'done' };
    const session = {
      role: 'responder',
      peer: initiator.value,
      sendRoot: roots.responder,
      receiveRoot: roots.initiator,
    } as const;
    return { kind: 'done', message: undefined, session };
  }

  function isWanted(claim: LinkClaim): Result<void, MeshFailure> {
    return claim.nodeId === ownId ? meshErr('mesh/self-dial') : ok(undefined);
  }

  function allowedTypes(): readonly MessageType[] {
    switch (state.name) {
      case 'awaiting-hello':
        return [messageType.hello];
      case 'awaiting-retry':
        return [messageType.retry];
      case 'awaiting-finish':
        return [messageType.finish];
      default:
        return [];
    }
  }

  /** Ends the machine; the first failure stays. */
  function fail(failure: Failure): LinkStep {
    if (state.name !== 'failed') state = { name: 'failed', failure };
    return { kind: 'fail', failure: state.failure };
  }
}

const emptySealedIdentity = new Uint8Array(
  (messageLengthByType.get(messageType.reply) ?? 0) - headerLength - kemKeyLength,
);
