import { ParsError } from '@pars/base';

/** What a relay gives away at most (PIP-1000 §9.4). */
export interface RelayLimits {
  /** Reservations in all, and of one source. */
  readonly maxReservations: number;
  readonly maxReservationsPerSource: number;
  /** How long a reservation is good without being asked for again, in seconds. */
  readonly reservationSeconds: number;
  /** Relayed connections at once: in all, from one source, from one node, to one node. */
  readonly maxConnections: number;
  readonly maxConnectionsPerSource: number;
  readonly maxConnectionsPerDialer: number;
  readonly maxConnectionsPerTarget: number;
  /** Longest life of a relayed connection, in seconds. */
  readonly connectionSeconds: number;
  /** Seconds without a byte in either direction after which it is cut. */
  readonly idleSeconds: number;
  /** What crosses one relayed connection, each way, in KiB. */
  readonly kibibytesPerConnection: number;
  /** Bytes a second that cross it, each way. */
  readonly bytesPerSecond: number;
  /** Bytes a second that cross all of them together, both ways. */
  readonly totalBytesPerSecond: number;
}

/** What a relay gives when nothing else is said: 2 MiB a second at most. */
export const defaultRelayLimits: RelayLimits = {
  maxReservations: 128,
  maxReservationsPerSource: 8,
  reservationSeconds: 3_600,
  maxConnections: 128,
  maxConnectionsPerSource: 16,
  maxConnectionsPerDialer: 8,
  maxConnectionsPerTarget: 32,
  connectionSeconds: 7_200,
  idleSeconds: 90,
  kibibytesPerConnection: 65_536,
  bytesPerSecond: 131_072,
  totalBytesPerSecond: 2_097_152,
};

/**
 * The least that is of use: two handshakes of 9 kB each way and a chat. A relay
 * that wants to give less does not offer itself.
 */
const floors: RelayLimits = {
  maxReservations: 1,
  maxReservationsPerSource: 1,
  reservationSeconds: 60,
  maxConnections: 1,
  maxConnectionsPerSource: 1,
  maxConnectionsPerDialer: 1,
  maxConnectionsPerTarget: 1,
  connectionSeconds: 120,
  idleSeconds: 75,
  kibibytesPerConnection: 1_024,
  bytesPerSecond: 4_096,
  totalBytesPerSecond: 16_384,
};

/** Fills what is not given. Throws `mesh/relay-limits` for one below the floor of PIP-1000 §9.4. */
export function relayLimits(wanted: Partial<RelayLimits>): RelayLimits {
  const limits = { ...defaultRelayLimits, ...wanted };
  for (const name of limitNames) {
    const value = limits[name];
    if (!Number.isInteger(value) || value < floors[name] || value > 0xffff_ffff) {
      throw new ParsError('mesh/relay-limits', { name });
    }
  }
  return limits;
}

const limitNames = Object.keys(floors) as readonly (keyof RelayLimits)[];
