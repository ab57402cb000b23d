export {
  type RelayClient,
  type RelayClientDeps,
  type RelayClientOptions,
  startRelayClient,
} from './relay-client.ts';
export { defaultRelayLimits, type RelayLimits } from './relay-limits.ts';
export { isRelayed, lastingRoute } from './relay-route.ts';
export { type RelayService, type RelayServiceDeps, startRelayService } from './relay-service.ts';
