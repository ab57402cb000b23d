import type { MethodHandlers } from '@pars/api';
import { err, type Failure, ok, type Result } from '@pars/base';
import type { SessionId } from '@pars/session';
import {
  type BundleExport,
  createBundleExport,
  type ExportRequest,
} from '../bundles/bundle-export.ts';
import {
  type BundleImport,
  type BundleInspect,
  bundleKeysOf,
  createBundleImport,
  createBundleInspect,
} from '../bundles/bundle-intake.ts';
import { createTransferTable, type Transfer } from '../bundles/transfer-table.ts';
import type { EngineContext } from '../engine-context.ts';
import { resolveContact } from '../profile/contact-book.ts';
import type { Profile } from '../profile/profile.ts';

type BundleMethodName =
  | 'bundle.export.begin'
  | 'bundle.read'
  | 'bundle.export.end'
  | 'bundle.import.begin'
  | 'bundle.inspect.begin'
  | 'bundle.write'
  | 'bundle.import.end'
  | 'bundle.inspect.end'
  | 'bundle.cancel';

/** The `bundle.…` methods. Transfers that are open end with their connection and with the engine. */
export function createBundleMethods(
  context: EngineContext,
): Pick<MethodHandlers, BundleMethodName> {
  const { carrier, keeper, post } = context;
  const transfers = createTransferTable(context);
  context.stopping.addEventListener('abort', () => void transfers.closeAll());

  async function requestFrom(params: {
    readonly to?: readonly string[];
    readonly passphrase?: string;
    readonly maxBytes?: number;
    readonly carriedOnly?: boolean;
    readonly ownNode?: boolean;
  }): Promise<Result<ExportRequest, Failure>> {
    const { carriedOnly = false, maxBytes, passphrase, to = [] } = params;
    // Contacts know this node anyhow; nobody else does who gets hold of a passphrase.
    const isForContacts = to.length > 0 && passphrase === undefined && !carriedOnly;
    const { ownNode = isForContacts } = params;
    if (to.length === 0 && passphrase === undefined) return err('node/no-recipient');
    if (maxBytes !== undefined && (maxBytes < LEAST_BYTES || maxBytes > MOST_BYTES)) {
      return err('node/bad-bundle-size');
    }
    const isPersonNeeded = to.length > 0 || (!carriedOnly && !(await isNobodyHere()));
    const opened = isPersonNeeded ? await keeper.require() : ok(undefined);
    if (!opened.ok) return opened;
    const profile = opened.value;
    const sessionIds: SessionId[] = [];
    for (const text of to) {
      const contact = resolveContact(profile?.contacts ?? new Map(), text);
      if (!contact.ok) return contact;
      sessionIds.push(contact.value.sessionId);
    }
    const person = personOf(profile);
    return ok({
      person,
      packs: !carriedOnly,
      to: sessionIds,
      passphrase,
      maxBytes,
      ownRecord: ownNode ? ownRecord : undefined,
    });
  }

  async function ownRecord(): Promise<Uint8Array | undefined> {
    return (await context.meshServices())?.discovery.ownRecord();
  }

  async function hearRecord(bytes: Uint8Array): Promise<Result<void, Failure>> {
    const services = await context.meshServices();
    return services === undefined ? ok(undefined) : await services.discovery.hearRecord(bytes);
  }

  /** A node without a vault, or with nobody in it, has no letters that could be forgotten. */
  async function isNobodyHere(): Promise<boolean> {
    return keeper.identityState() === 'none' || (await keeper.vaultState()) === 'none';
  }

  function personOf(profile: Profile | undefined): ExportRequest['person'] {
    const opened = post();
    return profile === undefined || opened === undefined ? undefined : { profile, post: opened };
  }

  return {
    async 'bundle.export.begin'(params, { signal }) {
      if (carrier === undefined) return err('node/carries-nothing');
      const request = await requestFrom(params);
      if (!request.ok) return request;
      return begun(
        transfers.add(signal, (ended) =>
          createBundleExport(context, carrier, request.value, ended),
        ),
      );
    },
    'bundle.read': ({ transferId }) => transfers.use(transferId, isExport, (one) => one.read()),
    'bundle.export.end': ({ transferId }) =>
      ended(transferId, isExport, (one: BundleExport) => one.finish()),
    async 'bundle.import.begin'({ passphrase }, { signal }) {
      if (carrier === undefined) return err('node/carries-nothing');
      const profile = keeper.current();
      const keys = bundleKeysOf(profile, passphrase);
      const isInMesh = (await context.meshServices()) !== undefined;
      const hears = isInMesh ? { hearRecord } : {};
      const request = { keys, person: personOf(profile), ...hears };
      return begun(
        transfers.add(signal, (ended) => createBundleImport(context, carrier, request, ended)),
      );
    },
    async 'bundle.inspect.begin'({ passphrase }, { signal }) {
      const keys = bundleKeysOf(keeper.current(), passphrase);
      return begun(transfers.add(signal, (ended) => createBundleInspect(context, keys, ended)));
    },
    'bundle.write': ({ data, transferId }) =>
      transfers.use(transferId, isIntake, (one) => one.write(data)),
    'bundle.import.end': ({ transferId }) =>
      ended(transferId, isImport, (one: BundleImport) => one.finish()),
    'bundle.inspect.end': ({ transferId }) =>
      ended(transferId, isInspect, (one: BundleInspect) => one.finish()),
    async 'bundle.cancel'({ transferId }) {
      await transfers.close(transferId);
      return ok({});
    },
  };

  /** A transfer is over after its last call, whatever came of it. */
  async function ended<T extends Transfer, R>(
    transferId: string,
    isKind: (transfer: Transfer) => transfer is T,
    finish: (transfer: T) => Promise<Result<R, Failure>>,
  ): Promise<Result<R, Failure>> {
    try {
      return await transfers.use(transferId, isKind, finish);
    } finally {
      await transfers.close(transferId);
    }
  }
}

function begun(added: Result<string, Failure>): Result<{ readonly transferId: string }, Failure> {
  return added.ok ? ok({ transferId: added.value }) : added;
}

function isExport(transfer: Transfer): transfer is BundleExport {
  return transfer.kind === 'export';
}

function isImport(transfer: Transfer): transfer is BundleImport {
  return transfer.kind === 'import';
}

function isInspect(transfer: Transfer): transfer is BundleInspect {
  return transfer.kind === 'inspect';
}

function isIntake(transfer: Transfer): transfer is BundleImport | BundleInspect {
  return transfer.kind !== 'export';
}

/** Smallest and largest file (PIP-1004 §8). */
const LEAST_BYTES = 262_144;
const MOST_BYTES = 2 ** 36;
