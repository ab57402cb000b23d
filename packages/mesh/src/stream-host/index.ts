export {
  createStreamHost,
  type StreamDialer,
  type StreamHost,
  type StreamHostDeps,
  type StreamHostOptions,
} from './stream-host.ts';
