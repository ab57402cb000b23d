import { access, constants, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DiagnosticCheck, MeshStatus, NodeStatus } from '@pars/api/client';
import { type Failure, ok, type Result } from '@pars/base/result';
import { checkPrivateFolder, dataFolderPaths } from '@pars/platform-node/rpc-client';
import { adviceFromFailure } from '../advice.ts';
import type { CliContext, CommonFlags } from '../cli-context.ts';
import { exitCodeFromFailure, exitCodes } from '../exit-codes.ts';
import { LAN_TEXT } from '../mesh/mesh-text.ts';
import { withNode } from '../node-connection.ts';
import { report, setExitCode } from '../report.ts';
import { VERSION } from '../version.ts';
import { visibleText } from '../visible-text.ts';

const LEAST_NODE_MAJOR = 26;
const LEAST_FREE_BYTES = 256 * 1_048_576;
/** This version of Pars is younger than that. */
const EARLIEST_CLOCK_MS = Date.UTC(2026, 10, 1);
const LATEST_CLOCK_MS = Date.UTC(2046, 0, 1);

/**
 * `pars doctor`: looks at everything that usually goes wrong, and says what to
 * do. Ends with 0 unless something is wrong; that nobody was created yet, or is
 * locked, is not.
 */
export async function diagnose(this: CliContext, flags: CommonFlags): Promise<void> {
  const { root } = dataFolderPaths(flags.dataDir);
  const asked = await withNode(this, flags, async (client, signal) => {
    const status = await client.call('node.status', {}, signal);
    const inside = await client.call('node.diagnose', {}, signal);
    const mesh = await client.call('mesh.status', {}, signal);
    return status.ok ? ok({ status: status.value, inside, mesh }) : status;
  });
  const checks = [
    checkRuntime(),
    await checkFolder(root),
    await checkSpace(root),
    checkClock(this.nowMs()),
    checkDaemon(asked),
    ...(asked.ok
      ? [
          checkVersion(asked.value.status.version),
          ...checksInside(asked.value),
          ...checksOfMesh(asked.value.mesh),
        ]
      : []),
  ];
  if (checks.some((each) => !each.ok)) {
    setExitCode(this, asked.ok ? exitCodes.failure : exitCodeFromFailure(asked.error.code));
  }
  report(this, flags, ok({ checks }), () =>
    checks.map(({ name, ok: isOk, detail }) => {
      return `${isOk ? 'ok  ' : 'BAD '} ${name.padEnd(16)} ${visibleText(detail)}`;
    }),
  );
}

function checkRuntime(): DiagnosticCheck {
  const { node } = process.versions;
  const isNew = Number.parseInt(node, 10) >= LEAST_NODE_MAJOR;
  const advice = `Node ${node} is too old; run it with \`npm run pars\`, which brings its own`;
  return { name: 'runtime', ok: isNew, detail: isNew ? `Node ${node}` : advice };
}

async function checkFolder(root: string): Promise<DiagnosticCheck> {
  const name = 'data-folder';
  const checked = await checkPrivateFolder(root);
  if (checked.ok) {
    const canWrite = await access(root, constants.W_OK).then(
      () => true,
      () => false,
    );
    if (canWrite) return { name, ok: true, detail: `${root}, yours alone` };
    return { name, ok: false, detail: `${root} cannot be written; is its disk mounted read-only?` };
  }
  const { code, meta = {} } = checked.error;
  if (meta['reason'] === 'ENOENT') {
    return { name, ok: true, detail: `${root} is not there yet; \`parsd\` makes it` };
  }
  const advice = adviceByFolderFailure[code] ?? `${root} cannot be read; is it yours?`;
  return { name, ok: false, detail: advice.replaceAll('{root}', root) };
}

const adviceByFolderFailure: Readonly<Record<string, string>> = {
  'data-folder/not-a-folder': '{root} is something else than a folder; choose another one',
  'data-folder/too-open': 'others may read {root}, or it is not yours; run: chmod 700 {root}',
};

/** Room where the folder is, or where it will be made. */
async function checkSpace(root: string): Promise<DiagnosticCheck> {
  try {
    const { bavail, bsize } = await statfs(root);
    const free = bavail * bsize;
    const detail = `${Math.floor(free / 1_048_576)} MiB free`;
    const isEnough = free >= LEAST_FREE_BYTES;
    return { name: 'disk', ok: isEnough, detail: isEnough ? detail : `${detail}; make room` };
  } catch {
    const parent = dirname(root);
    if (parent !== root) return checkSpace(parent);
    return { name: 'disk', ok: false, detail: 'cannot see how much room there is' };
  }
}

function checkClock(nowMs: number): DiagnosticCheck {
  const isSane = nowMs >= EARLIEST_CLOCK_MS && nowMs < LATEST_CLOCK_MS;
  const shown = new Date(nowMs).toISOString();
  return {
    name: 'clock',
    ok: isSane,
    detail: isSane ? shown : `${shown} cannot be right; set the clock, or invites will not work`,
  };
}

function checkDaemon(asked: Result<unknown, Failure>): DiagnosticCheck {
  return {
    name: 'daemon',
    ok: asked.ok,
    detail: asked.ok ? 'answers' : adviceFromFailure(asked.error),
  };
}

function checkVersion(version: string): DiagnosticCheck {
  const isSame = version === VERSION;
  return {
    name: 'version',
    ok: isSame,
    detail: isSame ? version : `the node is ${version}, this is ${VERSION}; restart \`parsd\``,
  };
}

function checksInside({ status, inside }: Asked): readonly DiagnosticCheck[] {
  if (!inside.ok)
    return [{ name: 'self-test', ok: false, detail: adviceFromFailure(inside.error) }];
  return inside.value.checks.map((check) => {
    const hint = check.name === 'identity' ? hintFor(status) : '';
    return { ...check, detail: `${check.detail}${hint}` };
  });
}

/** That nobody is there is nothing wrong; that what was asked for does not work is. */
function checksOfMesh(asked: Result<MeshStatus, Failure>): readonly DiagnosticCheck[] {
  if (!asked.ok) return [{ name: 'mesh', ok: false, detail: adviceFromFailure(asked.error) }];
  const { lan, link, links, island } = asked.value;
  const isHeard = lan !== 'failed';
  const hint = isHeard ? '' : '; link by `pars mesh dial`, or start the node with `--lan off`';
  const alone =
    lan === 'on'
      ? 'nobody is linked: nobody was found here yet'
      : 'nobody is linked, and nobody is found here by itself';
  const ways = '; `pars mesh dial LINK`, a list, or a stick leads to others';
  const known = island
    ? 'an island: linked in the local network only, where everything spreads'
    : 'linked beyond the local network';
  const own = link === undefined ? '' : '; others dial the link of `pars mesh status`';
  return [
    { name: 'local-network', ok: isHeard, detail: `${LAN_TEXT[lan]}${hint}` },
    { name: 'reach', ok: true, detail: links === 0 ? `${alone}${ways}${own}` : known },
  ];
}

interface Asked {
  readonly status: NodeStatus;
  readonly mesh: Result<MeshStatus, Failure>;
  readonly inside: Result<{ readonly checks: readonly DiagnosticCheck[] }, Failure>;
}

function hintFor({ vault, identity }: NodeStatus): string {
  return vault === 'none' ? ' Run `pars vault create`.' : hintByIdentity[identity];
}

/** What the person can do next. None of these states is a fault. */
const hintByIdentity: Readonly<Record<NodeStatus['identity'], string>> = {
  none: ' Run `pars id create --name NAME`, or `pars id restore --name NAME`.',
  locked: ' Run `pars vault unlock`.',
  open: '',
};
