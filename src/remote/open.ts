/**
 * Opens a server: checks the settings, finds out or remembers what it speaks, chooses the dialect.
 */

import { OtsError } from '../core/errors.ts';
import { isLoopbackHost } from '../core/hosts.ts';
import { DEFAULT_MAX_TEXT_BYTES } from '../core/limits.ts';
import { classifyJson, classifyV1, isNoRoute } from './classify.ts';
import { CUT_CHARACTERS } from './granted.ts';
import { forgetFacts, probe, rememberedFacts } from './probe.ts';
import { createTransport, type Transport } from './transport.ts';
import type { Dialect, Remote, RemoteSettings, ServerFacts } from './types.ts';
import { v1Remote } from './v1.ts';
import { v2Remote } from './v2.ts';
import { v2OldRemote } from './v2-old.ts';
import { v3Remote } from './v3.ts';
import type { Wire } from './wire.ts';

/** Checks what the caller promises: a plain base URL, and credentials only where nobody listens. */
function checked(settings: RemoteSettings): RemoteSettings {
  if (!URL.canParse(settings.baseUrl)) throw new OtsError('usage', 'the server address is no URL');
  const url = new URL(settings.baseUrl);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new OtsError('usage', 'the server address must begin with https:// or http://');
  }
  if (url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    throw new OtsError('usage', 'the server address must be without user, query and fragment');
  }
  const { credentials, proxyUrl } = settings;
  if (proxyUrl !== undefined && !/^https?:$/.test(URL.canParse(proxyUrl) ? new URL(proxyUrl).protocol : '')) {
    throw new OtsError('usage', 'the proxy address must begin with http:// or https://', {
      hint: 'see HTTPS_PROXY',
    });
  }
  if (credentials !== undefined && url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
    throw new OtsError('usage', `credentials are never sent to ${url.origin} without TLS`, {
      hint: 'use https://',
    });
  }
  if (credentials !== undefined && /[:\p{Cc}]/u.test(credentials.username)) {
    throw new OtsError('usage', 'the user name must be without colons and control characters');
  }
  if (credentials !== undefined && settings.api === 'v3') {
    const hint = 'use --api auto or v2, or do without credentials';
    throw new OtsError('usage', 'v3 takes no user name and token, it is for guests and browsers', { hint });
  }
  return { ...settings, baseUrl: url.origin + url.pathname.replace(/\/+$/, '') };
}

function chooseDialect(settings: RemoteSettings, facts: ServerFacts | undefined): Dialect {
  if (settings.api !== 'auto') return settings.api;
  if (facts?.generation === 'v1only') return 'v1';
  // v3 cannot authenticate; old servers have none.
  return facts?.generation === 'current' && settings.credentials === undefined ? 'v3' : 'v2';
}

function dialectOf(path: string): Dialect {
  if (path.startsWith('/api/v1/')) return 'v1';
  return path.startsWith('/api/v2/') ? 'v2' : 'v3';
}

function wireFor(
  settings: RemoteSettings,
  transport: Transport,
  dialect: Dialect,
  facts: ServerFacts | undefined,
): Wire {
  const { origin } = transport;
  const cuts = facts?.maxTextBytes === undefined && (dialect === 'v1' || facts?.generation === 'old');
  const assumed = facts?.maxTextBytes ?? settings.maxTextBytes ?? DEFAULT_MAX_TEXT_BYTES;
  return {
    dialect,
    baseUrl: settings.baseUrl,
    origin,
    facts,
    credentials: settings.credentials,
    maxTextBytes: assumed,
    maxTextCharacters: cuts ? CUT_CHARACTERS : undefined,
    send: (call) => transport.send(call),
    failure(answer) {
      // Some questions of one dialect are put to another's routes.
      const spoken = dialectOf(answer.call.path);
      if (spoken === dialect && isNoRoute(answer, dialect)) forgetFacts(settings);
      return spoken === 'v1' ? classifyV1(answer, origin) : classifyJson(answer, origin, spoken);
    },
    close: () => transport.close(),
  };
}

/**
 * Opens a server for any number of acts. Probes it unless what it speaks is remembered, or forced to v1 or v3; v2
 * has two shapes, so that it is probed too.
 *
 * @throws OtsError `usage` for settings that cannot work; `network` when the probe fails.
 */
export async function openRemote(given: RemoteSettings): Promise<Remote> {
  const settings = checked(given);
  const transport = createTransport(settings);
  try {
    let facts = rememberedFacts(settings);
    if (facts === undefined && (settings.api === 'auto' || settings.api === 'v2'))
      facts = await probe(transport, settings);
    const dialect = chooseDialect(settings, facts);
    if (dialect === 'v2' && facts?.generation === 'v1only') {
      throw new OtsError('network', `${transport.origin} does not speak v2`, {
        hint: 'use --api auto or v1',
      });
    }
    const wire = wireFor(settings, transport, dialect, facts);
    if (dialect === 'v1') return v1Remote(wire);
    if (dialect === 'v3') return v3Remote(wire);
    return facts?.generation === 'old' ? v2OldRemote(wire) : v2Remote(wire);
  } catch (error) {
    await transport.close();
    throw error;
  }
}
