export { CARD_PROTOCOL, cardAnswerCodec, cardRequestCodec } from './card-protocol.ts';
export { readFrame, writeFrame } from './frame.ts';
export { LETTER_PROTOCOL, letterAnswerCodec, letterRequestCodec } from './letter-protocol.ts';
