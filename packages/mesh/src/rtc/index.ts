export {
  type ChannelStream,
  channelCredit,
  createChannelStream,
  lowWaterBytes,
  type MessageChannel,
  maxChannelMessage,
} from './channel-stream.ts';
export type { IceCandidate } from './ice-candidate.ts';
export { rtcEndpointFromDescription, rtcEndpointToDescription } from './rtc-description.ts';
export type { IceServer, RtcConnection, RtcEngine } from './rtc-engine.ts';
export {
  createRtcMeetings,
  type RtcAnswer,
  type RtcMeetings,
  type RtcMeetingsDeps,
  type RtcOffer,
} from './rtc-meetings.ts';
export {
  decodeRtcSignal,
  encodeRtcSignal,
  maxSignalLength,
  type RtcEndpoint,
  type RtcSignal,
  rtcSignalFromText,
  rtcSignalToText,
} from './rtc-signal.ts';
