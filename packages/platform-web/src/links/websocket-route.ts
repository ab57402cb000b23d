/** Where a WebSocket leads. */
export interface WebSocketRoute {
  readonly url: string;
  /** Whether TLS lies around it (ours is always inside). */
  readonly isSecure: boolean;
}

const routePattern =
  /^\/(?<family>ip4|ip6|dns|dns4|dns6)\/(?<host>[0-9A-Za-z.:_-]{1,253})\/tcp\/(?<port>[0-9]{1,5})(?<tls>\/tls(?:\/sni\/(?<sni>[0-9A-Za-z.-]{1,253}))?)?\/(?<scheme>ws|wss)(?:\/http-path\/(?<path>[0-9A-Za-z._~%-]{1,512}))?$/;

/**
 * The WebSocket behind a route such as `/dns4/example.org/tcp/443/tls/ws/http-path/chat`
 * or `/ip4/192.0.2.1/tcp/4001/ws`. Total; `undefined` for every other route.
 */
export function webSocketRouteFromText(route: string): WebSocketRoute | undefined {
  const groups = routePattern.exec(route)?.groups;
  const family = groups?.['family'];
  const host = groups?.['sni'] ?? groups?.['host'];
  const port = Number(groups?.['port']);
  if (family === undefined || host === undefined || !(port >= 1 && port <= 65_535))
    return undefined;
  const isSecure = groups?.['tls'] !== undefined || groups?.['scheme'] === 'wss';
  const isIp6 = family === 'ip6' && groups?.['sni'] === undefined;
  if (isIp6 !== host.includes(':')) return undefined;
  const path = decodePath(groups?.['path'] ?? '');
  const text = `${isSecure ? 'wss' : 'ws'}://${isIp6 ? `[${host}]` : host}:${port}/`;
  if (path === undefined || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  url.pathname = path;
  return { url: url.href, isSecure };
}

function decodePath(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}
