/** A look at a server for `ots doctor`: what it speaks, and its clock. Nothing is remembered and nothing is spent. */
import { probe } from './probe.ts';
import { createTransport } from './transport.ts';
import type { RemoteSettings, ServerFacts } from './types.ts';

export interface Look {
  facts: ServerFacts;
  /** The server's clock, milliseconds since 1970, to a second; undefined when it does not say. */
  serverTimeMs: number | undefined;
  /** Between question and answer. */
  tookMs: number;
}

/** @param settings for the server, without credentials @throws OtsError `network` */
export async function lookAt(settings: RemoteSettings): Promise<Look> {
  const transport = createTransport(settings);
  try {
    const facts = await probe(transport, { ...settings, memory: undefined });
    const startedMs = settings.now();
    const path = facts.generation === 'v1only' ? '/api/v1/status' : '/api/v2/status';
    const { headers } = await transport.send({ act: 'ping', method: 'GET', path });
    const date = Date.parse(headers.get('date') ?? '');
    return {
      facts,
      serverTimeMs: Number.isNaN(date) ? undefined : date,
      tookMs: settings.now() - startedMs,
    };
  } finally {
    await transport.close();
  }
}
