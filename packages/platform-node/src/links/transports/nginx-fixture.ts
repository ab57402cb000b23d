import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

/** Why a test of the proxy cannot run here, or `false`. */
export const nginxSkip: string | false = ['nginx', 'openssl'].every((name) => programPath(name))
  ? false
  : 'nginx or openssl is not installed';

/** What the web site shows to everybody. */
export const page = '<!doctype html><title>Notes</title><p>Notes on bread.</p>';

/** A running nginx with the site of `apps/parsd/contrib`, trusted by this process. For tests. */
export interface Nginx extends AsyncDisposable {
  readonly port: number;
  /** As many paths as were asked for: the one of the file, with `-1`, `-2` … behind it. */
  readonly slots: readonly NginxSlot[];
  /** The text of a log, to see that it tells nothing. */
  readLog(name: 'access' | 'error'): Promise<string>;
}

/** One path of the site. */
export interface NginxSlot {
  readonly path: string;
  /** The port of the node behind it. */
  pointTo(port: number | undefined): void;
}

const site = new URL('../../../../../apps/parsd/contrib/nginx-site.conf', import.meta.url);
const sitePath = 'k3v9-notes';

/** Starts it on loopback, on a free port. */
export async function startNginx(slotCount: number): Promise<Nginx> {
  const folder = await mkdtemp(join(tmpdir(), 'pars-nginx-'));
  await mkdir(join(folder, 'www'));
  await writeFile(join(folder, 'www', 'index.html'), page);
  const certificate = createCertificate(folder);
  setDefaultCACertificates([...getCACertificates('default'), await readFile(certificate, 'utf8')]);
  const forwarders = await Promise.all(Array.from({ length: slotCount }, startForwarder));

  for (let attempt = 0; attempt < 10; attempt += 1) {
    const port = await freePort();
    const ports = forwarders.map((forwarder) => forwarder.port);
    await writeFile(
      join(folder, 'site.conf'),
      siteFor(await readFile(site, 'utf8'), folder, port, ports),
    );
    await writeFile(join(folder, 'nginx.conf'), mainConfig(folder));
    const nginx = spawn(
      programPath('nginx') ?? 'nginx',
      ['-p', folder, '-c', join(folder, 'nginx.conf')],
      {
        stdio: ['ignore', 'ignore', 'ignore'],
      },
    );
    const exited = once(nginx, 'exit');
    if (!(await isListening(port, exited))) continue;
    return {
      port,
      slots: forwarders.map(({ pointTo }, index) => ({ path: `${sitePath}-${index}`, pointTo })),
      readLog: (name) => readFile(join(folder, `${name}.log`), 'utf8'),
      async [Symbol.asyncDispose]() {
        nginx.kill('SIGTERM');
        await exited;
        for (const { server } of forwarders) server.close();
        await rm(folder, { recursive: true });
      },
    };
  }
  throw new Error(`nginx does not start: ${await readFile(join(folder, 'error.log'), 'utf8')}`);
}

/** The site's file, with what a test must change: ports, places, and a location for each slot. */
function siteFor(text: string, folder: string, port: number, ports: readonly number[]): string {
  const location = /    location = \/k3v9-notes \{[\s\S]*?\n    \}\n/.exec(text)?.[0];
  if (location === undefined) throw new Error('the site has no location');
  const locations = ports.map((slotPort, index) =>
    location.replace(sitePath, `${sitePath}-${index}`).replace('4002', String(slotPort)),
  );
  return text
    .replace(location, locations.join('\n'))
    .replace('listen 443 ssl', `listen 127.0.0.1:${port} ssl`)
    .replace('    listen [::]:443 ssl;\n', '')
    .replace('server_name example.org', 'server_name localhost')
    .replace('/etc/ssl/certs/example.org.pem', join(folder, 'cert.pem'))
    .replace('/etc/ssl/private/example.org.key', join(folder, 'key.pem'))
    .replace('/var/www/example.org', join(folder, 'www'));
}

function mainConfig(folder: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${join(folder, name)};`)
    .join('\n');
  return `${process.getuid?.() === 0 ? 'user root;' : ''}
daemon off;
worker_processes 1;
pid ${join(folder, 'nginx.pid')};
error_log ${join(folder, 'error.log')};
events { worker_connections 512; }
http {
  access_log ${join(folder, 'access.log')};
  ${temporary}
  include ${join(folder, 'site.conf')};
}
`;
}

function createCertificate(folder: string): string {
  const certificate = join(folder, 'cert.pem');
  execFileSync(
    programPath('openssl') ?? '',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
      ...['-keyout', join(folder, 'key.pem'), '-out', certificate],
    ],
    { stdio: 'ignore' },
  );
  return certificate;
}

interface Forwarder {
  readonly server: Server;
  readonly port: number;
  pointTo(port: number | undefined): void;
}

/** A port that stays the same while the nodes behind it change. */
async function startForwarder(): Promise<Forwarder> {
  let target: number | undefined;
  const server = createServer((socket) => {
    if (target === undefined) return void socket.destroy();
    const upstream = connect(target, '127.0.0.1');
    socket.pipe(upstream).pipe(socket);
    for (const [one, other] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    server,
    port: portOf(server),
    pointTo(port) {
      target = port;
    },
  };
}

/** A port of loopback that nobody has now; somebody may be faster than the caller. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Whether somebody listens before `exited`. */
async function isListening(port: number, exited: Promise<unknown>): Promise<boolean> {
  let isGone = false;
  void exited.then(() => {
    isGone = true;
  });
  while (!isGone) {
    const socket: Socket = connect(port, '127.0.0.1');
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

/** Where a program is; Debian's nginx lies where only root looks. */
function programPath(program: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin'];
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}
