export { type ChannelPair, createChannelPair } from './channel-pair.ts';
export { createFakeHandlers, type FakeHandlers } from './fake-handlers.ts';
