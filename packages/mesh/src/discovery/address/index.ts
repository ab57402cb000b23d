export {
  type AddressOrigin,
  checkRoute,
  endpointGroup,
  isPublicEndpoint,
  networkGroup,
} from './address-policy.ts';
export {
  decodeEndpoint,
  type Endpoint,
  encodeEndpoint,
  endpointFromRoute,
  endpointToRoute,
} from './endpoint.ts';
export { ipFromText, ipToText } from './ip-address.ts';
export { type IpScope, ipScope } from './ip-scope.ts';
