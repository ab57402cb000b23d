export { type ByteStreamWire, createByteStreamWire } from './byte-stream-wire.ts';
export {
  type CookieJar,
  type CookieSubject,
  cookieWindowMs,
  createCookieJar,
} from './cookie-jar.ts';
export { createEphemeralKeys, type EphemeralKeys } from './ephemeral-keys.ts';
export { createFrameOpener, type FrameOpener } from './frame-opener.ts';
export { createFrameSealer, type FrameSealer } from './frame-sealer.ts';
export {
  challengeThreshold,
  createHalfOpenTable,
  type HalfOpen,
  type HalfOpenTable,
  workMemoryMs,
} from './half-open-table.ts';
export { yamuxId } from './identity-payload.ts';
export type { LinkClaim, LinkRole } from './link-claim.ts';
export { type HandshakeWire, handshakeTimeoutMs, runHandshake } from './link-driver.ts';
export { framesPerKey, frameUnit, maxFrameContent, maxFrameLength } from './link-frame.ts';
export {
  createLinkInitiator,
  type LinkExpectation,
  type LinkInitiatorOptions,
} from './link-initiator.ts';
export type {
  LinkDeps,
  LinkMachine,
  LinkSession,
  LinkStep,
} from './link-machine.ts';
export { createLinkResponder, type LinkResponderOptions } from './link-responder.ts';
export { type MessageType, messageLengthByType, messageType } from './link-wire.ts';
export { maxDifficulty } from './puzzle.ts';
export { sourceOf } from './source-address.ts';
export { findGivingWay } from './source-share.ts';
export { cacheVerifiers } from './verifier-cache.ts';
