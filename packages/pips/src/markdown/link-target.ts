/** Where a link leads. */
export type LinkTarget =
  /** To a heading of the same file. */
  | { readonly kind: 'anchor'; readonly anchor: string }
  /** To a file of the folder, named from its root. */
  | { readonly kind: 'file'; readonly path: string; readonly anchor: string | undefined }
  | { readonly kind: 'web'; readonly url: string }
  | { readonly kind: 'mail'; readonly address: string }
  /** Out of the folder, or to something that a reader must not follow. Never shown as a link. */
  | { readonly kind: 'refused'; readonly reason: LinkRefusal };

/** Why a link is refused. */
export type LinkRefusal = 'scheme' | 'outside' | 'absolute' | 'malformed';

/**
 * Reads a link as it stands in a file of the folder. Only `https:`, `http:`,
 * `mailto:`, anchors and relative paths inside the folder are links; everything
 * else (`javascript:`, `data:`, `//host`, `/path`, `../..`) is refused.
 */
export function linkTarget(href: string, fromPath = ''): LinkTarget {
  let decoded: string;
  try {
    decoded = decodeURIComponent(href);
  } catch {
    return { kind: 'refused', reason: 'malformed' };
  }
  // Browsers drop these, so they could hide a scheme from us.
  if (/[\u0000-\u0020\u007f-\u009f\\\u2028\u2029]/.test(decoded.trimEnd())) {
    return /^[a-z][a-z0-9+.-]*:/i.test(decoded) && /^https?:/i.test(decoded)
      ? webTarget(href)
      : { kind: 'refused', reason: 'malformed' };
  }
  if (decoded.startsWith('#')) return { kind: 'anchor', anchor: decoded.slice(1) };
  if (/^https?:\/\//i.test(href)) return webTarget(href);
  if (/^mailto:[^@]+@[^@]+$/i.test(decoded)) {
    return { kind: 'mail', address: decoded.slice('mailto:'.length) };
  }
  if (/^[^/?#]*:/.test(decoded)) return { kind: 'refused', reason: 'scheme' };
  if (decoded.startsWith('/')) return { kind: 'refused', reason: 'absolute' };
  const [, path = '', anchor] = /^([^#]*)(?:#(.*))?$/s.exec(decoded) ?? [];
  const resolved = resolveInFolder(fromPath, path);
  if (resolved === undefined) return { kind: 'refused', reason: 'outside' };
  return { kind: 'file', path: resolved, anchor };
}

/** A name or address of a host, a port, and no name of a user, which would pass for the host. */
const WEB_ADDRESS =
  /^https?:\/\/(?:[\p{L}\p{N}][\p{L}\p{M}\p{N}.-]*|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?(?:[/?#][^\s]*)?$/iu;

/** Whether a text is an address that a link or a field may hold. */
export function isWebAddress(text: string): boolean {
  return WEB_ADDRESS.test(text);
}

function webTarget(href: string): LinkTarget {
  return isWebAddress(href) ? { kind: 'web', url: href } : { kind: 'refused', reason: 'malformed' };
}

/** The path from the folder's root, or `undefined` when it leads out of it. */
function resolveInFolder(fromPath: string, relative: string): string | undefined {
  const parts = fromPath.split('/').slice(0, -1);
  for (const part of relative.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}
